"""Estimators from signals to targets: layouts of signals, and the steps of the fitted pipeline."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from recipe_signals import SHAPES, each_case, each_kind, each_model, outputs, quick, signals, y
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import MinMaxScaler

from skscat import Scattering1D, Scattering2D, ScatteringClassifier, ScatteringRegressor


@pytest.fixture(autouse=True)
def few_penalties(monkeypatch):
    """Ridge regressions of two penalties, which are quickly fitted."""
    monkeypatch.setattr("skscat.recipes._estimators.GRID", {"alpha": [1.0, 1000.0]})


# Layouts of X.


@each_case
def test_flat_signals_are_those_with_axes(model, kind, rng):
    X = signals(kind, rng)
    expected = outputs(quick(model, kind).fit(X, y), X)
    flat = quick(model, kind, shape=SHAPES[kind]).fit(X.reshape(24, -1), y)
    assert_array_equal(outputs(flat, X.reshape(24, -1)), expected)
    assert_array_equal(outputs(flat, X), expected)
    assert flat.signal_shape_ == SHAPES[kind]


@each_kind
def test_channels_last_are_channels_first(kind, rng):
    X = signals(kind, rng, channels=(2,))
    first, given = quick(kind=kind).fit(X, y), np.moveaxis(X, 1, -1)
    last = quick(kind=kind, channel_axis=-1).fit(given, y)
    assert first.signal_shape_ == last.signal_shape_ == (2, *SHAPES[kind])
    # The level of a sound is a sum in another order: only it leads to rounding errors.
    rtol = 1e-9 if kind == "sound" else 0
    assert_allclose(outputs(last, given), outputs(first, X), rtol=rtol)
    flat = quick(kind=kind, channel_axis=-1, shape=given.shape[1:]).fit(given.reshape(24, -1), y)
    assert_allclose(outputs(flat, given.reshape(24, -1)), outputs(first, X), rtol=rtol)


def test_lists_are_arrays(rng):
    X = signals("image", rng)
    assert_array_equal(
        outputs(quick().fit(X.tolist(), y.tolist()), X.tolist()),
        outputs(quick().fit(X, y), X),
    )


@each_case
def test_data_frames_are_flat_signals_with_names(model, kind, rng):
    X = signals(kind, rng).reshape(24, -1)
    frame = pd.DataFrame(X, columns=[f"v{i}" for i in range(X.shape[1])])
    estimator = quick(model, kind).fit(frame, y)
    assert_array_equal(estimator.feature_names_in_, frame.columns)
    assert_array_equal(outputs(estimator, frame), outputs(quick(model, kind).fit(X, y), X))


def test_the_length_of_series_may_be_a_number(rng):
    assert quick(kind="series", shape=16).fit(signals("series", rng), y).signal_shape_ == (16,)


def test_channels_that_are_hardly_meant_raise_a_warning_that_names_the_remedy(rng):
    X = rng.standard_normal((4, 12, 12, 3))
    with pytest.warns(UserWarning, match="read as images of 12 channels of 12 x 3 pixels.*set channel_axis=-1"):
        quick().fit(X, y[:4])


# The pipeline.


@pytest.mark.parametrize("kind", ["series", "sound"])
def test_images_read_as_series_raise_a_warning_that_names_the_kind(kind, rng):
    X, y = rng.standard_normal((8, 16, 16)), np.arange(8) % 2
    with pytest.warns(UserWarning, match=rf'kind="{kind}" reads as 16 channels of 16 samples.* choose kind="image"'):
        ScatteringClassifier(kind).fit(X, y)


@each_case
def test_the_pipeline_alone_predicts_the_same(model, kind, rng):
    X = signals(kind, rng)
    estimator = quick(model, kind).fit(X, y)
    # BLAS is not limited to one thread here, which changes rounding errors.
    assert_allclose(estimator.pipeline_.predict(X), estimator.predict(X), rtol=1e-6)
    assert_allclose(outputs(estimator.pipeline_, X), outputs(estimator, X), rtol=1e-6, atol=1e-9)


@each_case
def test_copies_of_the_pipeline_can_be_fitted(model, kind, rng):
    X = signals(kind, rng)
    estimator = quick(model, kind).fit(X, y)
    copy = clone(estimator.pipeline_).fit(X, y)
    if model is ScatteringClassifier:
        assert_array_equal(copy.predict(X), estimator.predict(X))
    # Those of the copy have one principal component more, of no variance, which changes covariances by a part in 24.
    assert_allclose(outputs(copy, X), outputs(estimator, X), rtol=1 / 24, atol=1e-9)


@each_model
def test_copies_of_the_pipeline_can_be_fitted_to_other_signals(model, rng):
    X = signals("image", rng)
    copy = clone(quick(model, cv=5).fit(X, y).pipeline_).fit(X[:18], y[:18])
    fewer = quick(model, cv=5).fit(X[:18], y[:18])
    # Those of the copy have one principal component more, of no variance, which changes covariances by a part in 18.
    assert_allclose(outputs(copy, X), outputs(fewer, X), rtol=1 / 18)


def test_copies_of_the_pipeline_can_be_cross_validated_if_there_are_rare_classes(rng):
    X, labels = signals("image", rng), np.r_[y[:21], 2, 2, 2]
    model = quick(cv=5).fit(X, labels)
    assert np.isfinite(cross_val_score(model.pipeline_, X, labels, cv=3, error_score="raise")).all()


@each_kind
def test_given_steps_replace_the_default_ones(kind, rng):
    X, scaler = signals(kind, rng), MinMaxScaler()
    model = quick(kind=kind, logarithm="passthrough", scaler=scaler, classifier=LogisticRegression()).fit(X, y)
    # Series have several transforms, each in a pipeline.
    features = model.pipeline_["features"].transformer_list[0][1] if kind == "series" else model.pipeline_
    assert features["logarithm"] == "passthrough"
    assert isinstance(features["scaler"], MinMaxScaler)
    assert isinstance(model.pipeline_["classifier"], LogisticRegression)
    assert not hasattr(scaler, "scale_")


@each_model
def test_a_given_transform_replaces_those_of_the_kind(model, rng):
    X, scattering = signals("sound", rng), Scattering1D(J=2, average="global")
    estimator = quick(model, "texture", scattering=scattering).fit(X, y)
    expected = clone(scattering).fit(X)
    assert_array_equal(estimator.pipeline_["scattering"].transform(X), expected.transform(X))
    assert not hasattr(scattering, "n_features_in_")
    assert len(estimator.candidates_) == 1
    assert not hasattr(estimator, "signal_shape_")
    estimator.candidates_[0].fit(X)
    assert not hasattr(scattering, "n_features_in_")


def test_a_given_regressor_replaces_the_default_one(rng):
    X = signals("image", rng)
    model = quick(ScatteringRegressor, regressor=Ridge(alpha=7)).fit(X, y)
    assert model.pipeline_["regressor"].alpha == 7
    assert_allclose(model.predict(X), model.pipeline_.predict(X), rtol=1e-6, atol=1e-9)


class Mean(BaseEstimator):
    """A step that has no fit_transform."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.mean(axis=1, keepdims=True)


def test_steps_need_not_have_fit_transform(rng):
    model = quick(scattering=Mean(), logarithm="passthrough").fit(signals("series", rng), y)
    assert isinstance(model.pipeline_["scattering"], Mean)


def test_steps_may_need_the_classes(rng):
    X = signals("image", rng)
    model = quick(scaler=SelectKBest(k=3)).fit(X, y)
    assert model.pipeline_["components"].n_features_in_ == 3
    assert_array_equal(clone(model.pipeline_).fit(X, y).predict(X), model.predict(X))


def test_probabilities_are_those_of_a_given_classifier(rng):
    X, model = signals("image", rng), quick(classifier=LogisticRegression())
    assert hasattr(model, "predict_proba")
    p = model.fit(X, y).predict_proba(X)
    assert_allclose(p, model.pipeline_.predict_proba(X), rtol=1e-6)
    assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(X))


@each_kind
def test_there_are_no_probabilities_by_default(kind, rng):
    model = quick(kind=kind)
    for estimator in (model, model.fit(signals(kind, rng), y)):
        assert hasattr(estimator, "decision_function")
        assert not hasattr(estimator, "predict_proba")
        with pytest.raises(AttributeError, match="'ScatteringClassifier' has no attribute 'predict_proba'"):
            estimator.predict_proba(None)


@each_model
def test_predictions_need_a_fit(model):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        quick(model).predict(np.zeros((2, 8, 8)))


@each_case
def test_frames_between_the_steps_predict_the_same(model, kind, rng):
    X = signals(kind, rng)
    expected = outputs(quick(model, kind).fit(X, y), X)
    with config_context(transform_output="pandas"):
        found = outputs(quick(model, kind).fit(X, y), X)
    # Concatenated frames are laid out differently, which changes rounding errors.
    assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_given_steps_may_return_frames(rng):
    X, scattering = signals("image", rng), Scattering2D(J=2)
    expected = outputs(quick(scattering=scattering).fit(X, y), X)
    framed = quick(scattering=clone(scattering).set_output(transform="pandas")).fit(X, y)
    assert_allclose(outputs(framed, X), expected, rtol=1e-6, atol=1e-9)
    assert "feature_names_in_" in vars(framed.pipeline_["logarithm"])
