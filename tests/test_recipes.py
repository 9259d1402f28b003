"""Estimators from signals to targets: what each kind of signals distinguishes, and how candidates are chosen."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from recipe_signals import SHAPES, each_case, each_model, quick, signals, y
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import Ridge, RidgeClassifierCV
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neighbors import NearestCentroid

from skscat import Scattering2D, ScatteringClassifier, ScatteringRegressor, TimeFrequencyScattering
from skscat.classification import AffineSubspaceClassifier
from skscat.datasets import load_digits_sample
from skscat.preprocessing import RotationAveraging
from skscat.recipes import _estimators

# What each kind distinguishes.


def held_out_score(model, X, y):
    """Fit the first half of the signals, and return the score of the others."""
    n = len(y) // 2
    return model.fit(X[:n], y[:n]).score(X[n:], y[n:])


def gratings(angles, frequencies, rng, size=24):
    """Waves of random phase, in noise."""
    row, column = np.mgrid[:size, :size]
    angles, frequencies, phases = np.broadcast_arrays(angles, frequencies, rng.uniform(0, 2 * np.pi, len(angles)))
    waves = np.multiply.outer(np.cos(angles), column) + np.multiply.outer(np.sin(angles), row)
    x = np.cos(2 * np.pi * frequencies[:, np.newaxis, np.newaxis] * waves + phases[:, np.newaxis, np.newaxis])
    return x + 0.5 * rng.standard_normal(x.shape)


def modulated(rates, rng, length=256):
    """Tones of random pitch and phase in noise, whose loudness varies at a rate in cycles per sample."""
    rates, t = np.asarray(rates)[:, np.newaxis], np.arange(length)
    pitch, phases = rng.uniform(0.15, 0.3, rates.shape), rng.uniform(0, 2 * np.pi, (2, *rates.shape))
    loudness = 1 + np.cos(2 * np.pi * rates * t + phases[0])
    return loudness * np.cos(2 * np.pi * pitch * t + phases[1]) + 0.3 * rng.standard_normal((len(rates), length))


def test_images_are_distinguished_by_shapes_at_their_positions():
    X, y = load_digits_sample(return_X_y=True)
    # Ten classes; 0.94 to 0.99 are found with 100 to 200 training images.
    assert held_out_score(quick(cv=5), X[:300], y[:300]) > 0.9


def test_textures_are_distinguished_by_orientation(rng):
    y = np.arange(80) % 4
    X = gratings(y * np.pi / 4, 0.2, rng)
    assert held_out_score(quick(kind="texture"), X, y) > 0.9


def test_textures_at_all_orientations_are_averaged_over_rotations(rng):
    y = np.arange(60) % 2
    X = gratings(rng.uniform(0, np.pi, 60), np.where(y, 0.16, 0.12), rng)
    model = quick(kind="texture", cv=5)
    # Half would be chance.
    assert held_out_score(model, X, y) > 0.85
    assert isinstance(model.pipeline_["scattering"], RotationAveraging)
    assert model.scores_[1] > model.scores_[0]


def test_series_that_rise_are_distinguished_from_those_that_fall(rng):
    y = np.arange(60) % 2
    ramps = (np.arange(48) / rng.uniform(12, 20, (60, 1)) + rng.uniform(0, 1, (60, 1))) % 1
    X = np.where(y[:, np.newaxis], -ramps, ramps) + 0.2 * rng.standard_normal(ramps.shape)
    assert held_out_score(quick(kind="series"), X, y) > 0.9


def test_sounds_that_rise_are_distinguished_from_those_that_fall(rng):
    y, t = np.arange(60) % 2, np.arange(256) / 256
    X = np.cos(2 * np.pi * 256 * (rng.uniform(0.1, 0.2, (60, 1)) * t + 0.1 * t**2) + rng.uniform(0, 6.3, (60, 1)))
    X[y == 1] = X[y == 1, ::-1]
    X += 0.5 * rng.standard_normal(X.shape)
    model = quick(kind="sound", cv=5)
    assert held_out_score(model, X, y) > 0.9
    assert isinstance(model.pipeline_["scattering"].transformer, TimeFrequencyScattering)
    # Scattering in time alone is invariant to the reversal of time.
    assert model.scores_[2] < 0.8 < model.scores_[0]


def test_sounds_are_distinguished_by_the_rate_of_their_modulation(rng):
    y = np.arange(60) % 2
    assert held_out_score(quick(kind="sound"), modulated(np.where(y, 1 / 24, 1 / 40), rng), y) > 0.85


def test_the_rate_of_a_modulation_is_recovered(rng):
    rates = rng.uniform(np.log(1 / 64), np.log(1 / 16), 120)
    # The mean rate would have a score of zero.
    assert held_out_score(quick(ScatteringRegressor, "sound"), modulated(np.exp(rates), rng), rates) > 0.75


# Candidates.


def features_of(candidate, X):
    """Principal components of the features of a candidate, all of which there are at most 24 - 1."""
    features = clone(candidate).fit_transform(X)
    return PCA(min(len(X) - 1, features.shape[1])).fit_transform(features)


@pytest.mark.parametrize("kind", ["texture", "sound"])
def test_scores_are_those_of_the_candidates(kind, rng):
    X = signals(kind, rng)
    model = quick(kind=kind, cv=3, classifier=NearestCentroid()).fit(X, y)
    for candidate, score in zip(model.candidates_, model.scores_, strict=True):
        features = features_of(candidate, X)
        accuracies = [
            np.mean(NearestCentroid().fit(features[train], y[train]).predict(features[test]) == y[test])
            for train, test in StratifiedKFold(3).split(X, y)
        ]
        assert_allclose(score, np.mean(accuracies))


def test_parts_of_the_features_of_series_have_fixed_shares_of_the_variance(rng):
    X = rng.standard_normal((60, 100)).cumsum(axis=1)
    features = quick(kind="series").fit(X, np.arange(60) % 2).pipeline_["features"]
    variances = features.transform(X).var(axis=0)
    names = features.get_feature_names_out()
    shares = {"scattering": 8, "proportions": 8, "dilated": 8, "segments": 2, "samples": 1}
    for part, share in shares.items():
        variance = variances[[name.startswith(f"{part}__") for name in names]].sum()
        # Patterns that are never the strongest have no variance.
        assert 0.9 * share < 27 * variance < 1.001 * share


def test_the_penalty_of_series_is_chosen_by_leaving_out_one_at_a_time(rng):
    X = signals("series", rng)
    model = quick(kind="series").fit(X, y)
    # The same penalties, and the same features in double precision.
    ridge = RidgeClassifierCV(10.0 ** np.arange(-7, 7))
    features = model.pipeline_["features"].transform(X).astype(float)
    expected = ridge.fit(features, y)
    assert model.pipeline_[-1].alpha_ == pytest.approx(expected.alpha_)
    assert_allclose(model.decision_function(X), expected.decision_function(features))
    # Copies of the pipeline, too, need no folds.
    assert clone(model.pipeline_)[-1].cv is None


def test_more_series_than_features_are_reduced_to_principal_components(rng, monkeypatch):
    monkeypatch.setattr(_estimators, "N_RIDGE_COMPONENTS", 20)
    X = rng.standard_normal((1200, 6)).cumsum(axis=1)
    y = (X[:, 3] > X[:, 5]).astype(int)
    few, many = (quick(kind="series", shape=6).fit(X[:n], y[:n]).pipeline_ for n in (100, 1000))
    assert few["components"] == "passthrough"
    assert many["components"].n_components_ == 20
    assert many.score(X[1000:], y[1000:]) > 0.9


def test_scores_are_those_of_the_best_subspaces(rng):
    X = signals("texture", rng)
    model = quick(kind="texture", cv=3).fit(X, y)
    for candidate, score in zip(model.candidates_, model.scores_, strict=True):
        subspaces = AffineSubspaceClassifier((0, 1, 2, 4, 8, 16, 32, 64), cv=3).fit(features_of(candidate, X), y)
        assert score == subspaces.cv_scores_.max()


def test_scores_of_values_are_those_of_the_best_penalty(rng):
    X, values = signals("texture", rng), rng.standard_normal(24)
    model = quick(ScatteringRegressor, "texture", cv=3).fit(X, values)
    for candidate, score in zip(model.candidates_, model.scores_, strict=True):
        features = features_of(candidate, X)
        scores = [
            [
                r2_score(values[test], Ridge(alpha).fit(features[train], values[train]).predict(features[test]))
                for train, test in KFold(3).split(X)
            ]
            for alpha in 10.0 ** np.arange(-4, 7)
        ]
        # Small penalties amplify rounding errors.
        assert_allclose(score, np.max(np.mean(scores, axis=1)), rtol=1e-5)


@pytest.mark.parametrize("scores", [[0.1, 0.3, 0.2], [0.1, 0.3, 0.3], [np.nan, 0.3, 0.2], [0.3, np.nan, np.nan]])
def test_the_first_of_the_best_candidates_is_used(scores, rng, monkeypatch):
    remaining = iter(scores)
    monkeypatch.setattr(ScatteringClassifier, "_score", lambda *arguments: next(remaining))
    model = quick(kind="texture").fit(signals("texture", rng), y)
    assert_array_equal(model.scores_, scores)
    best = model.candidates_[int(np.nanargmax(scores))]
    assert repr(model.pipeline_["scattering"]) == repr(best["scattering"])


@each_model
def test_equal_scores_leave_the_first_candidate(model, rng):
    constant = {"classifier": DummyClassifier()} if model is ScatteringClassifier else {"regressor": DummyRegressor()}
    estimator = quick(model, "texture", **constant).fit(signals("texture", rng), y)
    assert len(set(estimator.scores_)) == 1
    assert isinstance(estimator.pipeline_["scattering"], Scattering2D)


def test_a_single_candidate_has_no_score(rng):
    assert_array_equal(quick().fit(signals("image", rng), y).scores_, [np.nan])


# Targets.


def test_classes_may_be_named(rng):
    X, names = signals("image", rng), np.array(["rough", "smooth"])[y]
    model = quick().fit(X, names)
    assert_array_equal(model.classes_, ["rough", "smooth"])
    assert_array_equal(model.predict(X), model.classes_[quick().fit(X, y).predict(X)])


def test_each_of_several_targets_is_predicted(rng):
    X, targets = signals("image", rng), rng.standard_normal((24, 3))
    model = quick(ScatteringRegressor, regressor=Ridge()).fit(X, targets)
    alone = [clone(model).fit(X, target).predict(X) for target in targets.T]
    assert_allclose(model.predict(X), np.transpose(alone), rtol=1e-9, atol=1e-12)
    assert quick(ScatteringRegressor).fit(X, targets).predict(X).shape == (24, 3)


@each_case
def test_signals_that_are_all_zero_are_fitted(model, kind):
    X = np.zeros((24, *SHAPES[kind]))
    assert len(set(quick(model, kind).fit(X, y).predict(X))) == 1
