"""Random transforms compute what their definition says, or refuse by naming a parameter.

``pytest tests/test_fuzz.py --fuzz N`` tries N transforms of each family instead of the default number.
"""

import re

import numpy as np
import pytest
from random_plans import FAMILIES, by_definition, errors_by_order, make_plan, random_case

from skscat import scatter

# Largest relative l2 error of an order at oversampling 0, 1 and 2, for the first 200 of each family; of 5,000 some
# err more, see the table of results.
BOUNDS = {
    "Scattering1D": (8e-2, 8e-3, 8e-3),
    "Scattering2D": (2e-1, 1e-2, 3e-3),
    "TimeFrequencyScattering": (1e-2, 1e-3, 5e-4),
    "SpiralScattering": (2e-2, 2e-3, 5e-4),
    "RotoTranslationScattering2D": (3e-1, 5e-3, 1e-3),
    "HarmonicScattering3D": (5e-1, 2e-2, 1e-2),
}


def pytest_generate_tests(metafunc):
    if "first_seed" in metafunc.fixturenames:
        n = metafunc.config.getoption("fuzz")
        metafunc.parametrize(("first_seed", "last_seed"), [(s, min(s + 50, n)) for s in range(0, n, 50)])


@pytest.mark.parametrize("family", FAMILIES)
def test_random_transforms_compute_their_definition(family, first_seed, last_seed):
    wrong = []
    for seed in range(first_seed, last_seed):
        scattering, x = random_case(family, seed)
        try:
            plan = make_plan(scattering, x.shape)
        except ValueError as error:
            if not any(re.match(rf"(The )?'?{name}\b", str(error)) for name in scattering.get_params()):
                wrong.append((seed, str(error)))
            continue
        errors = errors_by_order(scatter(x, plan), by_definition(x, plan), x, plan)
        if np.nanmax(errors) > BOUNDS[family][scattering.oversampling]:
            wrong.append((seed, errors))
    assert not wrong
