"""The theorems of scattering, as measured facts."""

import numpy as np
import pytest
from graph_cases import ring
from sklearn.base import clone

from skscat import (
    GraphScattering,
    HarmonicScattering3D,
    Scattering1D,
    Scattering2D,
    scatter,
)
from skscat.datasets import load_images_sample
from skscat.filters import to_dense
from skscat.preprocessing import RotationAveraging, VariableSizeScattering


@pytest.fixture(scope="module")
def images():
    return load_images_sample().images[:, 64:192, 64:192].astype(float)


@pytest.fixture(scope="module")
def natural(images):
    """Images of everyday scenes and surfaces; the others are a retina and a field of stars."""
    return images[:6]


def norms(x, ndim):
    return np.sqrt((x**2).sum(axis=tuple(range(-ndim, 0))))


# ---------------------------------------------------------------------------------------------------------------
# Contraction and norm: periodic signals, outputs at every sample, tight banks.

CONTRACTIONS = {
    "1-D Q=1": (Scattering1D(J=5, padding="wrap", stride=1), 256),
    "1-D Q=8": (Scattering1D(J=5, Q=8, padding="wrap", stride=1), 256),
    "1-D long average": (Scattering1D(J=3, T=64, padding="wrap", stride=1), 256),
    "1-D short average": (Scattering1D(J=6, T=8, padding="wrap", stride=1), 256),
    "1-D spline": (Scattering1D(J=5, wavelet="battle_lemarie", padding="wrap", stride=1), 256),
    "2-D": (Scattering2D(J=3, padding="wrap", stride=1), (32, 32)),
    "3-D": (HarmonicScattering3D(J=1, L=2, average="local", stride=1), (8, 9, 8)),
    "3-D long average": (HarmonicScattering3D(J=0, L=3, T=6, average="local", stride=1), (8, 9, 8)),
}


@pytest.mark.parametrize(("scattering", "shape"), CONTRACTIONS.values(), ids=CONTRACTIONS)
def test_scattering_contracts_random_pairs(scattering, shape, rng):
    plan = scattering.plan(shape)
    ndim = len(plan.shape)
    x, y = rng.standard_normal((2, 60, *plan.shape))
    # Half of the pairs are near: there a modulus contracts least.
    y[::2] = x[::2] + 1e-2 * y[::2]
    ratio = norms(scatter(x, plan) - scatter(y, plan), ndim + 1) / norms(x - y, ndim)
    assert ratio.max() <= 1 + 1e-6


def test_scattering_contracts_pairs_of_images(images):
    x = images[:, :64, :64]
    plan = Scattering2D(J=4, padding="wrap", stride=1).plan((64, 64))
    s = scatter(x, plan)
    for a in range(len(x)):
        for b in range(a):
            assert np.linalg.norm(s[a] - s[b]) <= np.linalg.norm(x[a] - x[b]) * (1 + 1e-6)


@pytest.mark.parametrize(("J", "Q"), [(4, 1), (6, 8), (3, 2)])
def test_wavelet_transform_preserves_the_norm_1d(J, Q, rng):
    x = rng.standard_normal((20, 500))
    moduli = scatter(x, Scattering1D(J=J, Q=Q, max_order=1, average=None, padding="wrap").plan(500))[:, 1:]
    average = scatter(x, Scattering1D(J=J, Q=Q, max_order=0, padding="wrap", stride=1).plan(500))
    energy = norms(moduli, 2) ** 2 + norms(average, 2) ** 2
    np.testing.assert_allclose(np.sqrt(energy), norms(x, 1), rtol=1e-6)


def test_wavelet_transform_preserves_the_norm_2d(natural):
    moduli = scatter(natural, Scattering2D(J=4, max_order=1, average=None, padding="wrap").plan((128, 128)))[:, 1:]
    average = scatter(natural, Scattering2D(J=4, max_order=0, padding="wrap", stride=1).plan((128, 128)))
    energy = norms(moduli, 3) ** 2 + norms(average, 3) ** 2
    np.testing.assert_allclose(np.sqrt(energy), norms(natural, 2), rtol=1e-6)


def test_wavelet_transform_preserves_the_norm_3d(rng):
    x = rng.standard_normal((3, 12, 11, 16))
    moduli = scatter(x, HarmonicScattering3D(J=1, max_order=1, average=None).plan(x.shape[1:]))[:, 1:]
    average = scatter(x, HarmonicScattering3D(J=1, max_order=0, average="local", stride=1).plan(x.shape[1:]))
    energy = norms(moduli, 4) ** 2 + norms(average, 4) ** 2
    np.testing.assert_allclose(np.sqrt(energy), norms(x, 3), rtol=1e-6)


def energies(x, max_order):
    """Share of the energy of images at each order."""
    # The low-pass filter has no frequency beyond that of a stride of a quarter of its scale.
    plan = Scattering2D(J=4, max_order=max_order, padding="wrap", stride=4).plan(x.shape[1:])
    s = scatter(x, plan)
    share = 4**2 * (s**2).sum(axis=(2, 3)) / norms(x, 2)[:, np.newaxis] ** 2
    return np.stack([share[:, plan.paths["order"] == m].sum(axis=1) for m in range(max_order + 1)], axis=1)


@pytest.fixture(scope="module")
def share(natural):
    return energies(natural, 3)


def test_three_orders_hold_the_energy_of_images(share):
    assert share.sum(axis=1).min() >= 0.99
    assert share.sum(axis=1).max() <= 1 + 1e-6


def test_energy_falls_from_order_to_order(share):
    assert (share[:, 2] < share[:, 1] / 2).all()
    assert (share[:, 3] < share[:, 2] / 2).all()


def test_increasing_frequency_paths_hold_little_energy():
    """|x * psi_j| has little energy at the frequencies of wavelets as fine as psi_j: those paths may be left out."""
    plan = Scattering1D(J=6, max_order=1, average=None, wavelet="battle_lemarie", padding="wrap").plan(1024)
    x = np.zeros(1024)
    x[512] = 1
    u = scatter(x, plan)[1:]
    lost = 0
    for n, modulus in enumerate(u):
        energy = np.abs(np.fft.fft(modulus)) ** 2 / 1024
        finer = [0.5 * np.abs(to_dense(psi, (1024,))[0]) ** 2 for psi in plan.banks[0].psi[: n + 1]]
        lost += (energy * sum(h + np.roll(h[::-1], 1) for h in finer)).sum()
    assert lost < 0.01


# ---------------------------------------------------------------------------------------------------------------
# Group actions. One row: estimator, shape of a signal, action on the signal, action on the output, tolerance.


def relative_change(estimator, x, moved, action_on_output=lambda s: s):
    estimator = clone(estimator).fit(x)
    s, t = (estimator.transform(v).reshape(len(x), *estimator.output_shape_) for v in (x, moved))
    return np.linalg.norm(t - action_on_output(s)) / np.linalg.norm(s)


def rotate_paths(s):
    """Permute the paths of a 2-D scattering as a rotation by 90 degrees does, and rotate the output grid."""
    plan = Scattering2D(J=3, padding="wrap").plan((64, 64))
    paths = plan.paths
    L = paths["theta1"].max() + 1
    key = {(p["j1"], p["theta1"], p["j2"], p["theta2"]): i for i, p in enumerate(paths)}

    def rotated(theta):
        return (theta + L // 2) % L if theta >= 0 else -1

    source = [key[p["j1"], rotated(p["theta1"]), p["j2"], rotated(p["theta2"])] for p in paths]
    return np.roll(np.rot90(s[:, source], axes=(2, 3)), 1, axis=2)


PERIODIC_1D = Scattering1D(J=4, Q=2, padding="wrap")
PERIODIC_2D = Scattering2D(J=3, padding="wrap")
GROUP_ACTIONS = {
    "1-D shift by 2^J moves the output by one sample": (
        PERIODIC_1D, (512,), lambda x: np.roll(x, 16, axis=1), lambda s: np.roll(s, 1, axis=2), 1e-12,
    ),
    "2-D shift by 2^J moves the output by one sample": (
        PERIODIC_2D, (64, 64), lambda x: np.roll(x, (8, -16), axis=(1, 2)),
        lambda s: np.roll(s, (1, -2), axis=(2, 3)), 1e-12,
    ),
    "1-D global average ignores any shift": (
        Scattering1D(J=4, padding="wrap", average="global"), (512,), lambda x: np.roll(x, 37, axis=1), None, 1e-3,
    ),
    "statistics over all samples ignore any shift": (
        VariableSizeScattering(Scattering1D(J=4, padding="wrap", stride=1)), (512,), lambda x: np.roll(x, 37, axis=1),
        None, 1e-3,
    ),
    "time reversal reverses the output": (
        Scattering1D(J=4, Q=2, padding="wrap"), (512,), lambda x: np.roll(x[:, ::-1], 1, axis=1),
        lambda s: np.roll(s[:, :, ::-1], 1, axis=2), 1e-12,
    ),
    "sign does not matter": (
        Scattering1D(J=4), (300,), lambda x: -x, lambda s: np.concatenate([-s[:, :1], s[:, 1:]], axis=1), 1e-14,
    ),
    "loudness scales the output": (Scattering2D(J=2), (32, 32), lambda x: 3 * x, lambda s: 3 * s, 1e-14),
    # Filters are cut at 1e-5 of their peak, a little differently after a rotation.
    "rotation by 90 degrees permutes the angles": (
        PERIODIC_2D, (64, 64), lambda x: np.roll(np.rot90(x, axes=(1, 2)), 1, axis=1), rotate_paths, 1e-5,
    ),
    "means over rotations ignore a rotation by 90 degrees": (
        RotationAveraging(Scattering2D(J=3, padding="wrap", average="global")), (64, 64),
        lambda x: np.roll(np.rot90(x, axes=(1, 2)), 1, axis=1), None, 1e-5,
    ),
    "rotation by 90 degrees rotates the positions of local means over rotations": (
        RotationAveraging(PERIODIC_2D), (64, 64), lambda x: np.roll(np.rot90(x, axes=(1, 2)), 1, axis=1),
        lambda s: np.roll(np.rot90(s, axes=(2, 3)), 1, axis=2), 1e-5,
    ),
    "on a ring, a shift by one node moves node outputs by one node": (
        GraphScattering(ring, average="local"), (64,), lambda x: np.roll(x, 1, axis=1),
        lambda s: np.roll(s, 1, axis=2), 1e-12,
    ),
    "on a ring, means over nodes ignore any shift": (
        GraphScattering(ring), (64,), lambda x: np.roll(x, 23, axis=1), None, 1e-12,
    ),
    "3-D shift by 2^J moves the output by one voxel": (
        HarmonicScattering3D(J=2, average="local"), (16, 16, 16), lambda x: np.roll(x, (4, -8), axis=(1, 3)),
        lambda s: np.roll(s, (1, -2), axis=(2, 4)), 1e-12,
    ),
    # Coarse grids are right to 1e-3, for the signal and for the shifted one.
    "3-D integrals ignore any shift": (
        HarmonicScattering3D(J=1), (20, 16, 16), lambda x: np.roll(x, (3, 1, -5), axis=(1, 2, 3)), None, 2e-3,
    ),
    "3-D integrals on fine grids ignore any shift": (
        HarmonicScattering3D(J=1, oversampling=20), (20, 16, 16), lambda x: np.roll(x, (3, 1, -5), axis=(1, 2, 3)),
        None, 1e-14,
    ),
    "3-D integrals ignore rotations by 90 degrees": (
        HarmonicScattering3D(J=1), (16, 16, 16), lambda x: np.roll(np.rot90(x, axes=(1, 3)), 1, axis=1), None, 1e-6,
    ),
    "3-D integrals ignore which axis is which": (
        HarmonicScattering3D(J=1), (16, 16, 16), lambda x: x.transpose(0, 3, 1, 2), None, 1e-6,
    ),
}  # fmt: skip


@pytest.mark.parametrize("claim", GROUP_ACTIONS)
def test_group_action(claim, rng):
    estimator, shape, action, action_on_output, tolerance = GROUP_ACTIONS[claim]
    x = rng.standard_normal((3, *shape))
    assert relative_change(estimator, x, action(x), action_on_output or (lambda s: s)) <= tolerance


# ---------------------------------------------------------------------------------------------------------------
# Stability to translations and deformations.


def test_small_shifts_cost_in_proportion_to_the_scale(natural):
    J = 4
    x = natural - natural.mean(axis=(1, 2), keepdims=True)
    plan = Scattering2D(J=J, padding="wrap", stride=4).plan((128, 128))
    s = scatter(x, plan)
    for pixels in (1, 2, 4):
        change = 4 * norms(scatter(np.roll(x, pixels, axis=2), plan) - s, 3)
        # Mallat (2012), theorem 2.10; the constant is measured on images.
        assert (change <= 2 * pixels / 2**J * norms(x, 2)).all()


def tone(dilation, length=2048, frequency=0.2, width=400):
    """A tone in a Gaussian envelope, with its time axis dilated about the middle."""
    t = (np.arange(length) - length / 2) * (1 - dilation)
    return np.cos(2 * np.pi * frequency * t) * np.exp(-((t / width) ** 2) / 2)


def test_dilations_cost_in_proportion_where_fourier_moduli_break():
    dilations = np.array([0.005, 0.01, 0.02, 0.04])
    x = tone(0)
    plan = Scattering1D(J=6).plan(2048)
    scattering = [np.linalg.norm(scatter(tone(s), plan) - scatter(x, plan)) for s in dilations]
    scattering = np.array(scattering) * np.sqrt(plan.stride[0]) / np.linalg.norm(x)
    fourier = [np.linalg.norm(np.abs(np.fft.fft(tone(s))) - np.abs(np.fft.fft(x))) for s in dilations]
    fourier = np.array(fourier) / np.linalg.norm(np.abs(np.fft.fft(x)))
    # The bound is linear in the dilation, C * s; the constant is about that measured on images.
    assert (scattering <= 4 * dilations).all()
    # A Fourier modulus is all but orthogonal to itself as soon as the line has moved by its width.
    assert fourier[1] > 1
    assert fourier[1] > 10 * scattering[1]


def test_amplitude_modulation_is_largest_at_its_frequency():
    """Averaging |x * psi| loses the rate of a tremolo; the second order recovers it."""
    rate, carrier, length = 1 / 128, 0.2, 8192
    t = np.arange(length)
    x = (1 + 0.5 * np.cos(2 * np.pi * rate * t)) * np.cos(2 * np.pi * carrier * t)
    estimator = Scattering1D(J=10, Q=(8, 4), average="global", renormalize=True)
    s = estimator.fit_transform(x[np.newaxis])[0]
    paths = estimator.paths_
    nearest = paths["xi1"][np.nanargmin(np.abs(paths["xi1"] - carrier))]
    rows = (paths["order"] == 2) & (paths["xi1"] == nearest)
    found = paths["xi2"][rows][np.argmax(s[rows])]
    # Up to the spacing of four wavelets per octave.
    assert abs(np.log2(found / rate)) <= 1 / 4
