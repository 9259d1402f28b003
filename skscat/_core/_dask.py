"""The size of a plan, for dask: joblib on dask sends large arguments once, and not with every task.

An entry point of the group ``dask.sizeof`` in pyproject.toml: dask calls :func:`register`, and skscat does not import
dask.
"""

from skscat._core._records import Plan


def register(sizeof):
    """Tell dask's ``sizeof`` how many bytes a plan takes: its filters and its table of paths."""

    @sizeof.register(Plan)
    def sizeof_plan(plan):
        banks = (*plan.banks, plan.joint.bank) if plan.joint else plan.banks
        filters = {id(psi): psi for bank in banks for psi in (*bank.psi, bank.phi)}
        return plan.paths.nbytes + sum(psi.values.nbytes for psi in filters.values())
