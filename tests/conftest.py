"""Settings and data shared by the tests."""

import os

# Some of scikit-learn's checks run with SciPy's array API switched on, which must happen before SciPy is imported.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import pytest
from sklearn import config_context


@pytest.fixture
def rng():
    """Random numbers of a test's own: the same whether it runs alone or in the suite."""
    return np.random.default_rng(0)


@pytest.fixture
def dispatch():
    """Let scikit-learn dispatch to the library of an array."""
    with config_context(array_api_dispatch=True):
        yield


def pytest_addoption(parser):
    parser.addoption("--fuzz", type=int, default=200, metavar="N", help="random transforms per family in test_fuzz.py")
