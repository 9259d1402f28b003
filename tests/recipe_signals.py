"""Small signals of every kind, and estimators of :mod:`skscat.recipes` that are quickly fitted to them."""

import numpy as np
import pytest

from skscat import ScatteringClassifier, ScatteringRegressor

SHAPES = {"image": (8, 8), "texture": (12, 12), "series": (16,), "sound": (64,)}
each_kind = pytest.mark.parametrize("kind", SHAPES)
MODELS = {"classifier": ScatteringClassifier, "regressor": ScatteringRegressor}
each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
# The transforms of a kind are the same for both.
each_case = pytest.mark.parametrize(
    ("model", "kind"), [*((ScatteringClassifier, kind) for kind in SHAPES), (ScatteringRegressor, "image")]
)
y = np.arange(24) % 2


def signals(kind, rng, channels=()):
    """Noise of two colors: neighboring samples of odd signals are similar."""
    X = rng.standard_normal((24, *channels, *SHAPES[kind]))
    X[1::2, ..., 1:] += X[1::2, ..., :-1]
    return X


def quick(model=ScatteringClassifier, kind="image", **parameters):
    return model(kind, **{"cv": 2, "random_state": 0} | parameters)


def outputs(model, X):
    """What is compared: the values behind the predicted classes, or the predicted values."""
    return model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)
