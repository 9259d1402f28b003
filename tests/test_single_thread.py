"""Estimators with matrix products in loops hold BLAS to one thread meanwhile, and let forks go ahead at each step."""

import importlib

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from skscat import Scattering1D
from skscat.classification import AffineSubspaceClassifier
from skscat.linear_model import (
    BaggedOrthogonalLeastSquares,
    OrthogonalLeastSquares,
    OrthogonalLeastSquaresCV,
    OrthogonalLeastSquaresSelector,
)
from skscat.moments import ScatteringSpectra

# Looks for the libraries once.
BLAS = ThreadpoolController().select(user_api="blas")


def blas_threads():
    return {library.num_threads for library in BLAS.lib_controllers}


def record(monkeypatch, path, observe):
    """Append what ``observe()`` returns to a list, whenever a function of the package is called."""
    module, _, name = path.rpartition(".")
    module, seen = importlib.import_module(module), []
    original = getattr(module, name)

    def recorded(*args, **kwargs):
        seen.append(observe())
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, recorded)
    return seen


PATH, SUBSPACES = "skscat.linear_model._path", "skscat.classification._subspaces"
X = np.random.default_rng(0).standard_normal((60, 12))
Y = np.arange(60) % 3
TARGET = X @ np.arange(12)
SPECTRA = ScatteringSpectra(Scattering1D(J=3, average="global", padding="wrap"))


@pytest.mark.parametrize(
    ("function", "run"),
    [
        (f"{PATH}.column_products", lambda: OrthogonalLeastSquares(3).fit(X, Y)),
        (f"{PATH}.solve_triangular", lambda: OrthogonalLeastSquares(3).fit(X, Y)),
        (f"{PATH}.column_products", lambda: OrthogonalLeastSquaresCV(3, n_jobs=2).fit(X, Y)),
        (f"{PATH}.column_products", lambda: BaggedOrthogonalLeastSquares(2, n_jobs=2, random_state=0).fit(X, TARGET)),
        ("skscat.linear_model._bagging.lstsq", lambda: BaggedOrthogonalLeastSquares(2, random_state=0).fit(X, TARGET)),
        (f"{PATH}.column_products", lambda: OrthogonalLeastSquaresSelector(3).fit(X, Y)),
        (f"{SUBSPACES}.principal_axes", lambda: AffineSubspaceClassifier([1, 2], n_jobs=2).fit(X, Y)),
        (f"{SUBSPACES}.to_coordinates", lambda: AffineSubspaceClassifier(2, n_jobs=2).fit(X, Y)),
        (f"{SUBSPACES}.to_coordinates", lambda: AffineSubspaceClassifier(2, shrinkage=0.5).fit(X, Y).predict(X)),
        (
            "skscat.classification._affine_subspaces.to_features",
            lambda: AffineSubspaceClassifier(2, shrinkage=0.5).fit(X, Y),
        ),
        ("skscat.moments._pairs._entries", lambda: SPECTRA.fit_transform(X)),
    ],
)
def test_blas_has_one_thread_meanwhile_and_its_threads_afterward(function, run, monkeypatch):
    before = blas_threads()
    seen = record(monkeypatch, function, blas_threads)
    run()
    assert seen
    assert seen == [{1}] * len(seen)
    assert blas_threads() == before


def test_forks_wait_for_one_selected_term_only(monkeypatch):
    seen = record(monkeypatch, f"{PATH}.checkpoint", lambda: None)
    OrthogonalLeastSquares(7).fit(X, TARGET)
    assert len(seen) == 7


def test_forks_wait_for_one_class_or_block_only(monkeypatch):
    seen = record(monkeypatch, f"{SUBSPACES}.checkpoint", lambda: None)
    model = AffineSubspaceClassifier(2, shrinkage=1).fit(X, Y)
    n_fit = len(seen)
    assert n_fit == 3 + 1
    monkeypatch.setattr(f"{SUBSPACES}.BLOCK", 10 * 12)
    model.predict(X)
    assert len(seen) - n_fit == 6
