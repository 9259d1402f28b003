"""Energies of molecules, by linear regression on invariants of their densities."""

import time

import numpy as np
from _molecules import density_invariants, features, solid_harmonics
from _report import SEED, report
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.cross_decomposition import PLSRegression
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skscat.datasets import fetch_planar_molecules
from skscat.linear_model import BaggedOrthogonalLeastSquares, OrthogonalLeastSquares
from skscat.physics import (
    CopyRegressor,
    CoulombMatrix,
    FourierInvariants,
    ScatteringInvariants,
    WaveletInvariants,
)

SOURCE = "Hirn, Mallat & Poilvert 2017"
# Mean absolute and root mean square error, in kcal/mol.
PUBLISHED = {
    "4357": {
        "coulomb": ("Coulomb matrices, Laplacian kernel", 2.4, 5.4),
        "fourier": ("Fourier, orthogonal least squares", 5.3, 7.2),
        "wavelet": ("wavelet, orthogonal least squares", 5.4, 7.1),
        "scattering": ("scattering, orthogonal least squares", 1.6, 2.6),
    },
    # Some atoms of these molecules have the same position in the plane: no Coulomb matrices and no 3-D scattering.
    "454": {
        "fourier": ("Fourier, orthogonal least squares", 6.7, 8.5),
        "wavelet": ("wavelet, orthogonal least squares", 6.9, 9.1),
        "scattering": ("scattering, orthogonal least squares", 3.2, 4.5),
    },
}
# 3-D scattering of planar molecules: wavelets that rotate out of the plane provide complementary information.
PUBLISHED["4357"] |= dict.fromkeys(("harmonic", "joined"), PUBLISHED["4357"]["scattering"])
CORE_VALENCE, ALL_CHANNELS = ("core", "valence"), ("dirac", "core", "valence")
DICTIONARIES = {
    "fourier": (ALL_CHANNELS, FourierInvariants()),
    "wavelet": (ALL_CHANNELS, WaveletInvariants(oversampling=1)),
    "scattering": (CORE_VALENCE, ScatteringInvariants(oversampling=1)),
}
NAMES = {
    "coulomb": "Coulomb matrices",
    "fourier": "Fourier invariants",
    "wavelet": "wavelet invariants",
    "scattering": "2-D scattering",
    "harmonic": "3-D solid harmonic scattering",
    "joined": "2-D scattering and 3-D solid harmonic scattering",
}
PARTS = {"joined": ["scattering", "harmonic"]}
# Number of octaves of the solid harmonic wavelets.
J = 3
# Largest number of terms of a regression, and share of the samples that select them, as in the publication.
MAX_TERMS, SHARE = {"4357": 512, "454": 200}, {"4357": 0.8, "454": 0.9}
N_BAGS = 10
# Number of random orders of Coulomb matrices, number used to choose the kernel width, and widths in Hartree.
N_COPIES, N_COPIES_SEARCH, WIDTHS = 8, 2, np.array([1000.0, 2000.0, 4000.0, 8000.0])
ALPHAS = np.logspace(-9, 2, 23)
INNER = KFold(3, shuffle=True, random_state=SEED)


def molecules(args):
    """Errors of molecular energies on the published folds, in kcal/mol."""
    data = fetch_planar_molecules(subset=args.set, data_home=args.data_home)
    X, y, fold = data.data, data.target, data.fold
    if args.quick:
        X, y, fold = X[:30], y[:30], np.arange(30) % 5
    for name in args.features or NAMES:
        if name in PUBLISHED[args.set]:
            experiment(name, X, y, fold, args)


def experiment(name, X, y, fold, args):
    """Run all regressions on one dictionary."""
    start = time.perf_counter()
    if name == "coulomb":
        return coulomb(X, y, fold, args, start)
    S = np.concatenate([dictionary(part, X, args) for part in PARTS.get(name, [name])], axis=1)
    rows = []
    for method, model in models(name, args).items():
        errors = cross_validated(model, S, y, fold, args.n_jobs)
        rows.append(row(method, errors, fold))
        print(f"{name}, {method}: {rows[-1]['value']:.2f} / {rows[-1]['rmse']:.2f}", flush=True)
    curve = error_curve(S, y, fold, 20 if args.quick else MAX_TERMS[args.set], args.n_jobs)
    # Tables highlight the last result.
    written(name, rows[::-1], len(y), start, args, n_features=S.shape[1], error_by_number_of_terms=curve)


def dictionary(name, X, args):
    """Invariants of all molecules."""
    if name == "harmonic":
        S, _ = solid_harmonics(np.pad(X, ((0, 0), (0, 0), (0, 1))), 1 if args.quick else J, args)
        return S
    channels, invariants = DICTIONARIES[name]
    if args.quick and name != "fourier":
        invariants = clone(invariants).set_params(J=5, L=4)
    return features(X, density_invariants(args.set, channels, invariants), args).astype(np.float64)


def coulomb(X, y, fold, args, start):
    """Kernel ridge regression on randomly sorted Coulomb matrices."""
    matrices = CoulombMatrix("random", n_copies=N_COPIES, random_state=SEED).fit_transform(X)
    errors = np.empty(len(y))
    # One fold at a time: the kernel has nearly 28,000 rows, and the solver copies it.
    for k in np.unique(fold):
        errors[fold == k] = coulomb_errors(matrices, y, fold == k)
        print(f"coulomb, fold {k}: {np.abs(errors[fold == k]).mean():.2f}", flush=True)
    written("coulomb", [row(f"Laplacian kernel, {N_COPIES} random orders", errors, fold)], len(y), start, args)


def coulomb_errors(matrices, y, test):
    """Errors on a fold, with the kernel width chosen by cross-validation on the other folds."""
    few = matrices[:, : matrices.shape[1] // N_COPIES * N_COPIES_SEARCH]
    widths = search(laplacian(N_COPIES_SEARCH), {"regressor__gamma": 1 / WIDTHS}).fit(few[~test], y[~test])
    model = laplacian(N_COPIES).set_params(**widths.best_params_)
    return model.fit(matrices[~test], y[~test]).predict(matrices[test]) - y[test]


def laplacian(n_copies):
    """Kernel ridge regression that treats each copy as a separate molecule."""
    return CopyRegressor(CenteredKernelRidge(kernel="laplacian", alpha=1e-6), n_copies=n_copies)


def written(name, rows, n, start, args, **details):
    """Report the regressions on one dictionary."""
    method, mae, rmse = PUBLISHED[args.set][name]
    report(
        f"molecules_{args.set}_{name}",
        task=f"{n:,} planar molecules, {NAMES[name]}",
        metric="mean absolute error (kcal/mol)",
        ours=rows,
        published=[{"value": mae, "rmse": rmse, "method": f"{method} (RMSE {rmse:g})", "source": SOURCE}],
        start=start,
        args=args,
        **details,
    )


def models(name, args):
    """Regressions by name. The first is our method, chosen before any test."""
    least_squares = BaggedOrthogonalLeastSquares(
        2 if args.quick else N_BAGS,
        max_terms=20 if args.quick else MAX_TERMS[args.set],
        max_samples=SHARE[args.set],
        random_state=SEED,
    )
    found = {"orthogonal least squares": least_squares}
    if name in ("scattering", "joined"):
        components = [5] if args.quick else [50, 100, 200]
        found["partial least squares"] = search(
            make_pipeline(StandardScaler(), PLSRegression(max_iter=5)), {"plsregression__n_components": components}
        )
    if name == "scattering":
        found["kernel ridge regression"] = search(
            make_pipeline(StandardScaler(), CenteredKernelRidge(kernel="rbf")),
            {"centeredkernelridge__gamma": [1e-6, 1e-5], "centeredkernelridge__alpha": [1e-9, 1e-7]},
        )
        # Equivalent to linear regression on the products of all pairs, without computing them.
        found["ridge regression on products of two invariants"] = search(
            make_pipeline(StandardScaler(), CenteredKernelRidge(kernel="poly", degree=2)),
            {"centeredkernelridge__gamma": [1e-6, 1e-5, 1e-4], "centeredkernelridge__alpha": [1e-9, 1e-8, 1e-7]},
        )
    found["ridge regression"] = make_pipeline(StandardScaler(), RidgeCV(ALPHAS))
    return found


class CenteredKernelRidge(KernelRidge):
    """Kernel ridge regression of centered targets."""

    def fit(self, X, y):
        self.mean_ = np.mean(y)
        return super().fit(X, y - self.mean_)

    def predict(self, X):
        return super().predict(X) + self.mean_


def search(model, grid):
    """Choose parameters by cross-validation on training data."""
    return GridSearchCV(model, grid, cv=INNER, scoring="neg_mean_absolute_error")


def cross_validated(model, S, y, fold, n_jobs):
    """Errors of all molecules, predicted by models trained on the other folds."""
    folds = [fold == k for k in np.unique(fold)]
    errors = np.empty(len(y))
    for test, error in zip(
        folds, Parallel(n_jobs)(delayed(errors_of_fold)(model, S, y, test) for test in folds), strict=True
    ):
        errors[test] = error
    return errors


def errors_of_fold(model, S, y, test):
    """Errors on a fold."""
    return clone(model).fit(S[~test], y[~test]).predict(S[test]).ravel() - y[test]


def row(method, errors, fold):
    """Mean and standard deviation over folds of the mean absolute error and of the root mean square error."""
    folds = [errors[fold == k] for k in np.unique(fold)]
    mae = [np.abs(e).mean() for e in folds]
    rmse = [np.sqrt(np.mean(e**2)) for e in folds]
    return {
        "value": round(float(np.mean(mae)), 2),
        "deviation": round(float(np.std(mae)), 2),
        "rmse": round(float(np.mean(rmse)), 2),
        "rmse_deviation": round(float(np.std(rmse)), 2),
        "largest": np.sort(np.abs(errors))[:-6:-1].round(1).tolist(),
        "method": f"{method} (RMSE {np.mean(rmse):.2f} ± {np.std(rmse):.2f})",
    }


def error_curve(S, y, fold, n_terms, n_jobs):
    """Test errors of single orthogonal least squares regressions, by number of terms."""
    paths = Parallel(n_jobs)(delayed(path_of_fold)(S, y, fold == k, n_terms) for k in np.unique(fold))
    mae = [np.abs(deviation).mean(axis=1) for deviation in paths]
    square = [np.sqrt(np.square(deviation).mean(axis=1)) for deviation in paths]
    length = min(map(len, mae))
    kept = np.unique(np.round(np.geomspace(1, length - 1, 40)).astype(int))
    return {
        "terms": kept.tolist(),
        "mae": np.mean([m[kept] for m in mae], axis=0).round(3).tolist(),
        "rmse": np.mean([s[kept] for s in square], axis=0).round(3).tolist(),
    }


def path_of_fold(S, y, test, n_terms):
    """Errors on a fold, by number of terms."""
    return OrthogonalLeastSquares(n_terms).fit(S[~test], y[~test]).predict_path(S[test]) - y[test]
