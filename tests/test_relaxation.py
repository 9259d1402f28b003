"""Reconstruction passes through signals of several components, whose moduli are pooled."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skscat import HarmonicScattering3D, Scattering1D, Scattering2D, TimeFrequencyScattering
from skscat.synthesis import reconstruct
from skscat.synthesis._relaxation import PooledRepresentation, can_be_relaxed

TRANSFORMS = [
    (Scattering1D(J=3, Q=2), (128,)),
    (Scattering1D(J=3), (2, 64)),
    (Scattering2D(J=2, L=4), (16, 16)),
    (TimeFrequencyScattering(J=4, Q=4), (256,)),
]


def outputs(representation, y):
    """Outputs of a representation, as its gradient hands them over."""
    found = {}

    def weights(s, index):
        columns = np.broadcast_to(index[1], s.shape)
        found.update(zip(columns.ravel(), s.ravel(), strict=True))
        return np.zeros_like(s)

    representation.gradient(y, weights)
    return np.array([found[column] for column in range(len(found))])


@pytest.mark.parametrize(("transform", "shape"), TRANSFORMS)
def test_the_gradient_of_pooled_moduli_is_that_of_their_outputs(transform, shape, rng):
    pooled = PooledRepresentation(transform.fit(rng.standard_normal((1, *shape))), 3)
    y, direction = rng.standard_normal((2, 1, 3 * transform.n_features_in_))
    target = rng.standard_normal(outputs(pooled, y).size)
    slope = np.sum(pooled.gradient(y, lambda s, index: s - target[index[1]]) * direction)

    def loss(step):
        return 0.5 * np.sum((outputs(pooled, y + step * direction) - target) ** 2)

    # The step is small because the slope of a modulus changes near zero.
    assert_allclose(slope, (loss(1e-5) - loss(-1e-5)) / 2e-5, rtol=1e-5)


@pytest.mark.parametrize(("transform", "shape"), TRANSFORMS)
def test_components_that_are_multiples_of_a_signal_have_moduli_of_their_norm(transform, shape, rng):
    x = rng.standard_normal((1, *shape))
    pooled = PooledRepresentation(transform.fit(x), 3)
    y = np.concatenate([factor * x.ravel() for factor in (2, 3, 6)])[np.newaxis]
    n, moduli = len(transform.kinds_), transform.kinds_ > 0
    # 4 + 9 + 36 = 49.
    assert_allclose(outputs(pooled, y)[:n][moduli], 7 * transform.transform(x)[0][moduli], rtol=1e-9, atol=1e-12)


def test_large_signals_share_one_unit(rng):
    transform = Scattering1D(J=3)
    x = rng.standard_normal((1, 64))
    pooled = PooledRepresentation(transform.fit(x), 2)
    # Squares of the first component overflow, those of the second do not.
    y = np.concatenate([1e200 * x, x], axis=1)
    assert_allclose(outputs(pooled, y)[: len(transform.kinds_)], 1e200 * transform.transform(x)[0], rtol=1e-9)


def test_powers_of_signals_are_not_relaxed(rng):
    volumes = rng.standard_normal((1, 8, 8, 8))
    assert can_be_relaxed(Scattering1D(J=3).fit(np.ones((1, 32))))
    assert not can_be_relaxed(HarmonicScattering3D(J=1, L=1, powers=(1, 2)).fit(volumes))


def test_components_lead_to_smaller_errors(rng):
    x = rng.standard_normal((1, 256))
    scattering = Scattering1D(J=4, Q=4, T=16).fit(x)
    S = scattering.transform(x)
    errors = [
        np.linalg.norm(
            scattering.transform(reconstruct(S, scattering, n_components=n, max_iter=200, random_state=0)) - S
        )
        for n in (1, 3)
    ]
    # Half as large on average.
    assert errors[1] < 0.8 * errors[0]


def test_at_least_one_component_is_needed():
    scattering = Scattering1D(J=3).fit(np.ones((1, 32)))
    with pytest.raises(ValueError, match="n_components=0: expected a whole number of at least 1"):
        reconstruct(np.ones((1, len(scattering.kinds_))), scattering, n_components=0)
