"""Energies of molecules by ridge regression on 3-D solid harmonic scattering."""

import time

import numpy as np
from _energies import ALPHAS, cross_validated, row, search
from _molecules import CHARGES, POWERS, solid_harmonics
from _report import SEED, report
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skscat.datasets import fetch_qm7

PUBLISHED = [
    {
        "value": 2.75,
        "rmse": 4.18,
        "method": "solid harmonic scattering, ridge regression, 7,165 molecules (RMSE 4.18)",
        "source": "Kymatio, QM7 example",
        "same_data": False,
    }
]
J = 2


def molecules_in_space(args):
    """Errors on five random folds."""
    start = time.perf_counter()
    data = fetch_qm7(data_home=args.data_home)
    X, y = data.data, data.target
    if args.quick:
        small = np.flatnonzero(np.sum(X[..., 0] > 0, axis=1) < 10)[:40]
        X, y = X[small], y[small]
    fold = np.random.default_rng(SEED).permutation(len(y)) % 5
    S, paths = solid_harmonics(X, J, args)
    model = search(
        make_pipeline(FunctionTransformer(take), StandardScaler(), RidgeCV(ALPHAS)),
        {"functiontransformer__kw_args": [{"columns": columns} for columns in choices(paths)]},
    )
    errors = cross_validated(model, S, y, fold, args.n_jobs)
    report(
        "molecules_3d",
        task=f"{len(y):,} molecules of QM7, 3-D solid harmonic scattering",
        metric="mean absolute error (kcal/mol)",
        ours=[row("solid harmonic scattering, ridge regression", errors, fold)],
        published=PUBLISHED,
        start=start,
        args=args,
        n_features=S.shape[1],
    )


def choices(paths):
    """Candidate sets of columns, by orders, scales and powers, for cross-validation."""
    powers = np.array(POWERS)
    scale = np.maximum(paths["j1"], paths["j2"])
    for max_order in (1, 2):
        for largest_scale in (1, 2):
            for largest_power in (2, 3):
                kept = ((paths["order"] <= max_order) & (scale <= largest_scale))[:, np.newaxis]
                yield np.flatnonzero(np.tile((kept & (powers <= largest_power)).ravel(), len(CHARGES)))


def take(S, columns=slice(None)):
    """Select columns."""
    return S[:, columns]
