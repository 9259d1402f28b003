"""Random transforms compute what their definition says, or refuse by naming a parameter.

``pytest tests/test_fuzz.py --fuzz N`` tries N transforms of each family instead of the default number.
"""

import numpy as np
import pytest
from random_plans import FAMILIES, by_definition, errors_by_order, make_plan, random_case

from skscat import scatter

# Relative l2 error of an order at oversampling 0, 1 and 2, which about one transform in a hundred exceeds.
USUAL = {
    "Scattering1D": (8e-3, 1e-3, 2e-4),
    "Scattering2D": (5e-2, 5e-3, 5e-4),
    "TimeFrequencyScattering": (2e-3, 2e-4, 5e-5),
    "SpiralScattering": (5e-3, 1e-3, 2e-4),
    "RotoTranslationScattering2D": (4e-2, 5e-3, 2e-4),
    "HarmonicScattering3D": (2e-1, 1e-2, 5e-4),
}
BLOCK, MOST_UNUSUAL = 50, 5
# Bounds of all errors of the first 200 transforms of each family.
N_BOUNDED = 200
LARGEST = {
    "Scattering1D": (8e-2, 8e-3, 8e-3),
    "Scattering2D": (2e-1, 1e-2, 3e-3),
    "TimeFrequencyScattering": (1e-2, 1e-3, 5e-4),
    "SpiralScattering": (2e-2, 2e-3, 5e-4),
    "RotoTranslationScattering2D": (3e-1, 5e-3, 1e-3),
    "HarmonicScattering3D": (5e-1, 2e-2, 1e-2),
}
# Grids of moduli as fine as that of the signal, and what single precision leaves then.
FULL, ROUNDING = 20, 1e-4


def pytest_generate_tests(metafunc):
    if "first_seed" in metafunc.fixturenames:
        n = metafunc.config.getoption("fuzz")
        metafunc.parametrize(("first_seed", "last_seed"), [(s, min(s + BLOCK, n)) for s in range(0, n, BLOCK)])


def largest_error(scattering, x):
    plan = make_plan(scattering, x.shape)
    return 0.0 if plan is None else np.nanmax(errors_by_order(scatter(x, plan), by_definition(x, plan), x, plan))


@pytest.mark.parametrize("family", FAMILIES)
def test_random_transforms_compute_their_definition(family, first_seed, last_seed):
    unusual = {}
    for seed in range(first_seed, last_seed):
        scattering, x = random_case(family, seed)
        error = largest_error(scattering, x)
        assert seed >= N_BOUNDED or error <= LARGEST[family][scattering.oversampling], seed
        if not error <= USUAL[family][scattering.oversampling]:
            unusual[seed] = error, largest_error(scattering.set_params(oversampling=FULL), x)
    assert len(unusual) <= MOST_UNUSUAL
    # Large errors are those of subsampling only.
    assert all(exact <= ROUNDING for _, exact in unusual.values())
