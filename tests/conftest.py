"""Settings and data shared by the tests."""

import os
from importlib.util import find_spec

# Some of scikit-learn's checks run with SciPy's array API switched on, which must happen before SciPy is imported.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import pytest
from sklearn import config_context

# PyTorch, a large download, is an extra of its own.
if find_spec("torch") is None:
    collect_ignore_glob = ["test_array_api*.py", "test_torch_*.py"]


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
