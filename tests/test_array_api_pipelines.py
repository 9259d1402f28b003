"""Pipelines of arrays of other libraries, and what estimators that compute with NumPy do with such arrays."""

import numpy as np
import pytest
import torch
from array_cases import LIBRARIES, PLANES, check_equal, in_precision, to_library
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks, get_tags
from test_common import ESTIMATORS

from skscat import Scattering2D
from skscat.datasets import load_digits_sample
from skscat.preprocessing import LogMedian, PathScaler, VariableSizeScattering

# ---------------------------------------------------------------------------------------------------------------
# Pipelines


@pytest.fixture(scope="module")
def digits():
    """Images of digits and their classes: 300 to fit to, 300 to predict."""
    digits = load_digits_sample()
    chosen = np.random.default_rng(0).permutation(len(digits.images))[:600]
    return digits.images[chosen].astype(np.float32), digits.target[chosen]


@pytest.mark.parametrize(
    "steps",
    [
        (StandardScaler(), RidgeClassifier(solver="svd")),
        (LogMedian(), PCA(20, svd_solver="full"), LogisticRegression(max_iter=1000)),
    ],
    ids=["ridge", "logistic"],
)
def test_pipelines_of_tensors_predict_what_those_of_numpy_arrays_predict(steps, digits):
    images, classes = digits
    pipeline = make_pipeline(Scattering2D(J=3, L=4), *steps)
    expected = clone(pipeline).fit(images[:300], classes[:300]).predict(images[300:])
    X, y = torch.from_numpy(images), torch.from_numpy(classes)
    with config_context(array_api_dispatch=True):
        predicted = clone(pipeline).fit(X[:300], y[:300]).predict(X[300:])
    assert (expected == classes[300:]).mean() > 0.8
    check_equal(predicted, expected, y)


# ---------------------------------------------------------------------------------------------------------------
# Estimators without the tag


@pytest.mark.parametrize(
    "estimator",
    [e for e in ESTIMATORS if not get_tags(e).array_api_support and hasattr(e, "predict")],
    ids=str,
)
@pytest.mark.parametrize("library", LIBRARIES[::3], ids="-".join)
def test_other_predictors_convert_arrays_to_numpy(estimator, library, dispatch, rng):
    X, y = rng.standard_normal((20, 16)), np.arange(20) % 2
    X[y == 1] = np.cumsum(X[y == 1], axis=1)
    X = in_precision(X, library[2])
    given, classes = to_library(X, library), to_library(y, (*library[:2], "int64"))
    estimator_checks.set_random_state(estimator)
    predicted = clone(estimator).fit(given, classes).predict(given)
    assert isinstance(predicted, np.ndarray)
    np.testing.assert_array_equal(predicted, clone(estimator).fit(X, y).predict(X))


@pytest.mark.parametrize(
    "estimator",
    [e for e in ESTIMATORS if not get_tags(e).array_api_support and hasattr(e, "transform")],
    ids=str,
)
@pytest.mark.parametrize("library", LIBRARIES[::3], ids="-".join)
def test_other_transformers_convert_arrays_to_numpy(estimator, library, dispatch, rng):
    X, y = in_precision(rng.random((10, 36)), library[2]), np.arange(10) % 2
    given, classes = to_library(X, library), to_library(y, (*library[:2], "int64"))
    S = clone(estimator).fit(given, classes).transform(given)
    assert isinstance(S, np.ndarray)
    np.testing.assert_array_equal(S, clone(estimator).fit(X, y).transform(X))


@pytest.mark.parametrize("library", LIBRARIES[::3], ids="-".join)
def test_wrappers_of_others_convert_arrays_to_numpy(library, dispatch):
    X, given = in_precision(PLANES, library[2]), to_library(PLANES, library)
    scaler = PathScaler(VariableSizeScattering(Scattering2D(J=1, L=2)))
    S = clone(scaler).fit(given).transform(given)
    assert isinstance(S, np.ndarray)
    np.testing.assert_array_equal(S, scaler.fit_transform(X))
