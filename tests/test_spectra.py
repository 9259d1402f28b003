"""Cross-spectra of channels, averages over rotations, and the table of paths of scattering spectra."""

import numpy as np
import oracles
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skscat import Scattering1D, Scattering2D
from skscat.filters import to_dense
from skscat.moments import ScatteringSpectra

LINE, PLANE = Scattering1D(J=4, Q=1, padding="wrap"), Scattering2D(J=3, L=4, padding="wrap")
ANGLES = [("all", 1), ("isotropic", 1), ("harmonic", 1), ("harmonic", 2)]
each_dimension = pytest.mark.parametrize(
    ("scattering", "shape"), [(LINE, (96,)), (Scattering2D(J=2, L=3, padding="wrap"), (12, 10))], ids=["1d", "2d"]
)
each_average = pytest.mark.parametrize(("angles", "n_harmonics"), ANGLES)


def cross(scattering, **parameters):
    return ScatteringSpectra(scattering, cross_spectra=True, **parameters)


def is_cross(spectra):
    return spectra.paths_["channel1"] != spectra.paths_["channel2"]


def wavelets_of(spectra):
    bank = spectra.plan_.banks[0]
    return [to_dense(psi, bank.grid)[0] for psi in bank.psi]


# ---------------------------------------------------------------------------------------------------------------
# Cross-spectra


@each_dimension
def test_spectra_equal_their_definition(scattering, shape, rng):
    x = rng.standard_normal((1, 3, *shape))
    spectra = cross(scattering).fit(x)
    paths = spectra.paths_
    correlated = paths["kind"] > 0
    names = ["channel1", "channel2", "n1", "n2", "n3"]
    expected = oracles.correlations(x[0], wavelets_of(spectra), [tuple(path[names]) for path in paths[correlated]])
    expected = np.where(paths["part"][correlated] == "re", expected.real, expected.imag)
    assert_allclose(spectra.transform(x)[0, correlated], expected, atol=1e-10)


@each_dimension
def test_spectra_within_channels_are_those_without_cross_spectra(scattering, shape, rng):
    x = rng.standard_normal((2, 3, *shape))
    separate, joint = ScatteringSpectra(scattering).fit(x), cross(scattering).fit(x)
    within = ~is_cross(joint)
    assert_array_equal(joint.transform(x)[:, within], separate.transform(x))
    for name in separate.paths_.dtype.names:
        assert_array_equal(joint.paths_[name][within], separate.paths_[name])
    assert_array_equal(joint.get_feature_names_out()[within], separate.get_feature_names_out())


def test_all_statistics_between_channels_are_there(rng):
    spectra = cross(LINE).fit(rng.standard_normal((1, 3, 96)))
    n_finer = np.array([len(orbit.finer[0]) for orbit in spectra._orbits])
    pairs = spectra.paths_[is_cross(spectra)][["channel1", "channel2"]]
    assert set(pairs.tolist()) == {(0, 1), (0, 2), (1, 2), (1, 0), (2, 0), (2, 1)}
    assert len(pairs) == 3 * 2 * np.sum((1 + n_finer) ** 2)


def test_cross_spectra_of_independent_fields_are_zero(rng):
    # Stationary, neither Gaussian nor symmetric.
    x = rng.standard_normal((40, 2, 1024)) ** 2 - 1
    x = np.cumsum(x, axis=-1) - np.linspace(0, 1, 1024) * x.sum(axis=-1, keepdims=True)
    spectra = cross(LINE).fit(x)
    S = spectra.transform(x)
    errors = np.abs(S.mean(axis=0)) / (S.std(axis=0, ddof=1) / np.sqrt(len(S)))
    # Student's t with 39 degrees of freedom: 0.5 % are beyond 3 standard errors.
    assert np.mean(errors[is_cross(spectra)] < 3) > 0.98
    assert np.mean(errors[~is_cross(spectra)] < 3) < 0.8


@pytest.mark.parametrize("shift", [1, 3])
def test_cross_spectra_of_a_shifted_field_have_its_phase(shift, rng):
    x = rng.standard_normal((1, 4096))
    x = np.stack([x, np.roll(x, shift, axis=-1)], axis=1)
    spectra = cross(Scattering1D(J=5, Q=4, padding="wrap")).fit(x)
    S, paths = spectra.transform(x)[0], spectra.paths_
    spectrum = is_cross(spectra) & (paths["kind"] == 1)
    re, im = (S[spectrum & (paths["part"] == part)] for part in ("re", "im"))
    xi = paths["xi3"][spectrum & (paths["part"] == "re")]
    narrow = shift * paths["sigma3"][spectrum & (paths["part"] == "re")] < 0.05
    # W_2 is W_1 shifted: W_1 W_2* has the phase 2 pi xi shift.
    phase = np.angle((re + 1j * im) * np.exp(-2j * np.pi * shift * xi))[narrow]
    assert narrow.sum() > 8
    assert np.abs(phase).max() < 0.15
    assert np.abs(re + 1j * im)[narrow].min() > 0.9


@pytest.mark.parametrize("coherence", [-0.8, 0.3])
def test_cross_spectra_of_mixed_noise_are_its_coherence(coherence, rng):
    x, z = rng.standard_normal((2, 32, 32, 32))
    x = np.stack([x, coherence * x + np.sqrt(1 - coherence**2) * z], axis=1)
    spectra = cross(PLANE).fit(x)
    S, paths = spectra.transform(x), spectra.paths_
    spectrum = is_cross(spectra) & (paths["kind"] == 1)
    for part, expected in (("re", coherence), ("im", 0)):
        found = S[:, spectrum & (paths["part"] == part)]
        error = found.std(axis=0, ddof=1) / np.sqrt(len(S))
        assert np.all(np.abs(found.mean(axis=0) - expected) < 4 * error)


def test_correlations_with_envelopes_of_another_channel_see_it(rng):
    # The second channel is the local energy of the first, with which it is not correlated linearly.
    x = rng.standard_normal((16, 1024)) * np.exp(np.cos(2 * np.pi * np.arange(1024) / 32))
    y = x**2 - np.mean(x**2)
    spectra = cross(Scattering1D(J=6, Q=1, padding="wrap")).fit(np.stack([x, y], axis=1))
    paths, S = spectra.paths_, spectra.transform(np.stack([x, y], axis=1)).mean(axis=0)
    phase = is_cross(spectra) & (paths["kind"] == 2) & (paths["n1"] < 0)
    of_energy, of_signal = (phase & (paths["channel1"] == c) for c in (1, 0))
    assert np.abs(S[of_energy]).max() > 0.3
    assert np.abs(S[of_signal]).max() < 0.1


def test_channels_in_units_of_their_own_have_the_same_cross_spectra(rng):
    x = rng.standard_normal((2, 2, 128))
    units = np.array([[1e200], [1e-200]])
    assert_allclose(cross(LINE).fit_transform(units * x), cross(LINE).fit_transform(x), atol=1e-12)


# ---------------------------------------------------------------------------------------------------------------
# Averages over rotations


def lookup(spectra, S):
    """Values of real parts by channels and wavelets, in both orders if channels are the same."""
    values = {}
    for path, value in zip(spectra.paths_, S, strict=True):
        if path["part"] == "re":
            a, b, k, n, m = path[["channel1", "channel2", "n1", "n2", "n3"]]
            values[path["kind"], a, b, k, n, m] = value
            if a == b and path["kind"] == 3:
                values[path["kind"], a, b, n, k, m] = value
    return values


def rotated(n, t, L):
    return n if n < 0 else n // L * L + (n + t) % L


def test_isotropic_spectra_are_means_over_common_rotations(rng):
    x, L = rng.standard_normal((1, 2, 16, 12)), 4
    every, isotropic = cross(PLANE).fit(x), cross(PLANE, angles="isotropic").fit(x)
    # That of all angles has a normalization for each.
    every.sigma_ = isotropic.sigma_
    values = lookup(every, every.transform(x)[0])
    for path, found in zip(isotropic.paths_, isotropic.transform(x)[0], strict=True):
        kind, a, b, k, n, m = path[["kind", "channel1", "channel2", "n1", "n2", "n3"]]
        assert path["theta3"] == 0
        expected = [values[kind, a, b, rotated(k, t, L), rotated(n, t, L), m + t] for t in range(L)]
        assert_allclose(found, np.mean(expected), atol=1e-12)


@pytest.mark.parametrize(("L", "n_harmonics"), [(4, 1), (4, 2), (5, 2)])
def test_harmonic_spectra_are_cosine_series_over_differences_of_angles(L, n_harmonics, rng):
    x = rng.standard_normal((1, 2, 16, 12))
    scattering = Scattering2D(J=2, L=L, padding="wrap")
    isotropic = cross(scattering, angles="isotropic").fit(x)
    harmonic = cross(scattering, angles="harmonic", n_harmonics=n_harmonics).fit(x)
    values = lookup(isotropic, isotropic.transform(x)[0])

    def terms(n, h):
        """Wavelets at all angles, with their coefficients."""
        if n < 0:
            return [(n, 1.0)]
        wave = np.cos if h >= 0 else np.sin
        return [(n + t, wave(2 * np.pi * abs(h) * t / L) / L) for t in range(L)]

    for path, found in zip(harmonic.paths_, harmonic.transform(x)[0], strict=True):
        kind, a, b, k, n, m = path[["kind", "channel1", "channel2", "n1", "n2", "n3"]]
        expected = sum(
            u * v * values[kind, a, b, i, j, m]
            for i, u in terms(k, path["harmonic1"])
            for j, v in terms(n, path["harmonic2"])
        )
        assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("angles", "n_harmonics", "ratio"), [("isotropic", 1, 8), ("harmonic", 1, 18), ("harmonic", 2, 11)]
)
def test_averages_leave_fewer_outputs(angles, n_harmonics, ratio, rng):
    x = rng.standard_normal((1, 2, 32, 32))
    scattering = Scattering2D(J=4, L=4, padding="wrap")
    every, fewer = cross(scattering).fit(x), cross(scattering, angles=angles, n_harmonics=n_harmonics).fit(x)
    # 2 L times fewer but for the spectrum, which is real; 4 x 4 differences of angles have series of 5 or 10 terms.
    assert abs(every.transform(x).shape[1] / fewer.transform(x).shape[1] / ratio - 1) < 0.15


@pytest.mark.parametrize("angles", ["isotropic", "harmonic"])
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_isotropic_spectra_do_not_change_with_rotations_by_90_degrees(angles, turns, rng):
    x = rng.standard_normal((2, 2, 16, 16)).cumsum(axis=-1)
    spectra = cross(PLANE, angles=angles).fit(x)
    # The boxes in which wavelets are stored cut tails of 2e-6.
    assert_allclose(spectra.transform(np.rot90(x, turns, axes=(-2, -1))), spectra.transform(x), atol=1e-7)
    every = cross(PLANE).fit(x)
    assert np.abs(every.transform(np.rot90(x, turns, axes=(-2, -1))) - every.transform(x)).max() > 0.1


@pytest.mark.parametrize("n_harmonics", [1, 2])
def test_harmonic_spectra_do_not_change_with_reflections(n_harmonics, rng):
    x = rng.standard_normal((2, 2, 16, 16)).cumsum(axis=-1)
    spectra = cross(PLANE, angles="harmonic", n_harmonics=n_harmonics).fit(x)
    for reflected in (x[..., ::-1], x.swapaxes(-2, -1)):
        # The boxes in which wavelets are stored cut tails of 2e-6.
        assert_allclose(spectra.transform(reflected), spectra.transform(x), atol=1e-7)


# ---------------------------------------------------------------------------------------------------------------
# Gradients, gaps, names


def check_gradient(spectra, x, rng):
    known = np.isfinite(spectra.transform(x))
    weights = rng.standard_normal(known.shape)
    gradient = spectra.gradient(x, np.where(known, weights, np.nan)).reshape(x.shape)
    assert not gradient[np.isnan(x)].any()
    direction = np.where(np.isnan(x), 0, rng.standard_normal(x.shape))
    up, down = (spectra.transform(x + step * direction) for step in (1e-6, -1e-6))
    # The slope of a modulus changes near zero.
    assert_allclose(np.sum(gradient * direction), np.nansum(weights * (up - down)) / 2e-6, rtol=1e-5)


@each_average
@pytest.mark.parametrize("policy", ["raise", "omit"])
@pytest.mark.parametrize("crossed", [False, True])
def test_gradients_equal_finite_differences(angles, n_harmonics, policy, crossed, rng):
    x = rng.standard_normal((2, 2, 24, 24))
    if policy == "omit":
        x[0, 0, 2:12, 5:20] = np.nan
        x[0, 1, 8:14, :9] = np.nan
    scattering = Scattering2D(J=3, L=4, padding="wrap", nan_policy=policy)
    spectra = ScatteringSpectra(scattering, cross_spectra=crossed, angles=angles, n_harmonics=n_harmonics).fit(x)
    check_gradient(spectra, x, rng)


def test_gradients_of_cross_spectra_of_series_equal_finite_differences(rng):
    x = rng.standard_normal((2, 3, 256))
    check_gradient(cross(LINE).fit(x), x, rng)


@each_average
def test_weights_may_depend_on_outputs(angles, n_harmonics, rng):
    x = rng.standard_normal((2, 2, 16, 16))
    spectra = cross(PLANE, angles=angles, n_harmonics=n_harmonics).fit(x)
    S = spectra.transform(x)
    target, seen = rng.standard_normal(S.shape), np.zeros(S.shape)

    def weights(s, index):
        seen[index] += s
        return s - target[index]

    assert_allclose(spectra.gradient(x, weights), spectra.gradient(x, S - target), atol=1e-12)
    assert_array_equal(seen, S)


def test_cross_spectra_do_not_depend_on_missing_samples(rng):
    x = rng.standard_normal((2, 2, 32, 32))
    missing = np.zeros(x.shape, bool)
    missing[0, 0, 4:12, 5:20] = missing[1, 1, 20:, :7] = True
    spectra = cross(Scattering2D(J=3, L=4, padding="wrap", nan_policy="omit"))
    S = spectra.fit_transform(np.where(missing, np.nan, x))
    filled = np.ma.masked_array(np.where(missing, 1e30, x), missing)
    assert_array_equal(spectra.fit(filled).transform(filled), S)
    # Which channel has a gap does not change its pairs.
    swapped = np.where(missing, np.nan, x)[:, ::-1]
    within = ~is_cross(spectra)
    assert_allclose(spectra.fit_transform(swapped)[:, within], np.roll(S[:, within], within.sum() // 2, axis=1))


def test_a_missing_channel_leaves_the_others(rng):
    x = rng.standard_normal((2, 3, 128))
    x[0, 1] = np.nan
    spectra = cross(Scattering1D(J=3, Q=1, padding="wrap", nan_policy="omit")).fit(x)
    S, paths = spectra.transform(x), spectra.paths_
    of_missing = (paths["channel1"] == 1) | (paths["channel2"] == 1)
    assert np.isnan(S[0, of_missing]).all()
    whole = cross(Scattering1D(J=3, Q=1, padding="wrap")).fit(x[:, [0, 2]]).transform(x[:, [0, 2]])
    assert_allclose(S[0, ~of_missing], whole[0], atol=1e-12)


def test_cross_spectra_with_gaps_tend_to_those_without(rng):
    x, z = rng.standard_normal((2, 16, 2048)).cumsum(axis=-1)
    x = np.stack([x, x + z], axis=1)
    x -= x.mean(axis=-1, keepdims=True)
    gaps = x.copy()
    for row in gaps:
        for channel in row:
            start = rng.integers(0, 1900)
            channel[start : start + 100] = np.nan
    whole, gappy = (cross(Scattering1D(J=4, Q=1, padding="wrap", nan_policy=p)) for p in ("raise", "omit"))
    S, T = whole.fit_transform(x), gappy.fit_transform(gaps)
    assert np.isfinite(T).all()
    crossed = is_cross(whole)
    error = S.std(axis=0, ddof=1) / np.sqrt(len(S))
    assert np.mean(np.abs(S.mean(axis=0) - T.mean(axis=0))[crossed] < 2 * error[crossed]) > 0.9


# ---------------------------------------------------------------------------------------------------------------
# Signals that are not periodic


@pytest.mark.parametrize("policy", ["raise", "omit"])
def test_samples_beyond_the_boundaries_are_missing(policy, rng):
    x = rng.standard_normal((2, 2, 30, 21))
    if policy == "omit":
        x[0, 1, 3:9, 4:9] = np.nan
    scattering = Scattering2D(J=2, L=4, padding="wrap", nan_policy=policy, min_coverage=0.1)
    spectra = cross(scattering, periodic=False).fit(x)
    rows, columns = spectra.plan_.shape
    assert rows >= 34
    assert columns >= 25
    padded = np.pad(x, [(0, 0), (0, 0), (0, rows - 30), (0, columns - 21)], constant_values=np.nan)
    coverage = 0.1 * 30 * 21 / (rows * columns)
    with_gaps = cross(scattering.set_params(nan_policy="omit", min_coverage=coverage)).fit(padded)
    assert_allclose(spectra.transform(x), with_gaps.transform(padded), atol=1e-12)
    check_gradient(spectra, x, rng)


def test_walks_have_no_jump_at_their_ends(rng):
    x = rng.standard_normal((16, 2048)).cumsum(axis=-1)
    wavelets = Scattering1D(J=6, wavelet="battle_lemarie", padding="wrap")
    sparsity = {}
    for periodic in (True, False):
        spectra = ScatteringSpectra(wavelets, periodic=periodic)
        S = spectra.fit_transform(x)
        sparsity[periodic] = S[:, spectra.kinds_ == 0].mean(axis=0)
    gaussian = np.sqrt(np.pi) / 2
    assert_allclose(sparsity[False], gaussian, rtol=0.03)
    assert sparsity[True].max() < 0.9 * gaussian


def test_boundaries_of_long_periodic_signals_hardly_matter(rng):
    x = rng.standard_normal((1, 2, 2**14))
    periodic, bounded = (cross(LINE, periodic=p).fit_transform(x) for p in (True, False))
    assert_allclose(bounded, periodic, atol=0.01)


@each_average
def test_names_are_unique_and_paths_complete(angles, n_harmonics, rng):
    x = rng.standard_normal((1, 3, 16, 16))
    scattering = Scattering2D(J=3, L=4, padding="wrap", channel_names=["I", "Q", "U"])
    spectra = cross(scattering, angles=angles, n_harmonics=n_harmonics).fit(x)
    names, paths = spectra.get_feature_names_out(), spectra.paths_
    assert len(set(names)) == len(names) == len(paths) == len(spectra.kinds_) == spectra.transform(x).shape[1]
    assert len(np.unique(paths)) == len(paths)
    crossed = is_cross(spectra) & (paths["kind"] == 2)
    path, name = paths[crossed][-1], names[crossed][-1]
    assert (path["channel1"], path["channel2"], path["n1"]) == (2, 1, -1)
    assert name.startswith("scatteringspectra_U_Q_phase_")
    assert np.isnan(path["xi1"])
    assert path["j1"] == -1
    assert path["j2"] < path["j3"]


@pytest.mark.parametrize(
    ("spectra", "shape", "message"),
    [
        (
            cross(LINE, angles="isotropic"),
            (2, 64),
            "angles='isotropic', but wavelets of .* have no angles",
        ),
        (
            cross(PLANE, angles="harmonic", n_harmonics=3),
            (2, 16, 16),
            "n_harmonics=3: expected at most 2, half of L",
        ),
        (
            cross(PLANE, angles="cosine"),
            (2, 16, 16),
            "The 'angles' parameter of ScatteringSpectra must be",
        ),
        (cross(PLANE, periodic="no"), (2, 16, 16), "The 'periodic' parameter of ScatteringSpectra must be"),
        (cross(PLANE, n_harmonics=-1), (2, 16, 16), "The 'n_harmonics' parameter of ScatteringSpectra must"),
    ],
)
def test_bad_parameters_are_named(spectra, shape, message, rng):
    with pytest.raises(ValueError, match=message):
        spectra.fit(rng.standard_normal((1, *shape)))
