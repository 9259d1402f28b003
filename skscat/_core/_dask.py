"""The size of a plan, for dask: joblib on dask sends large arguments once, and not with every task.

An entry point of the group ``dask.sizeof`` in pyproject.toml: dask calls :func:`register`, and skscat does not import
dask.
"""

from skscat._core._caching import n_bytes
from skscat._core._records import Plan


def register(sizeof):
    """Tell dask's ``sizeof`` how many bytes a plan takes."""
    sizeof.register(Plan)(n_bytes)
