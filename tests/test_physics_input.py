"""Bad input of the estimators of physics, Coulomb matrices, and energies of bodies."""

import hashlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracles import isotropic_energy
from scipy.io import savemat
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, Ridge

from skscat.datasets import (
    _molecules,
    fetch_planar_molecules,
    fetch_qm7,
    load_molecules_sample,
    make_nbody,
)
from skscat.physics import (
    AtomicDensity,
    CopyRegressor,
    CoulombMatrix,
    DensityInvariants,
    NBodyInvariants,
    ScatteringInvariants,
    WaveletInvariants,
)

WATER = np.array([[[8, 0.0, 0.0], [1, 0.76, 0.59], [1, -0.76, 0.59]]])

GRID = AtomicDensity(("core", "gaussian"), box=[(-4, 4)] * 2, spacing=0.2)
# Estimators whose features do not depend on the largest number of bodies.
ANY_NUMBER = [GRID, DensityInvariants(GRID, WaveletInvariants(J=2)), NBodyInvariants()]


def with_body(charge, *position):
    return np.concatenate([WATER, [[[charge, *position]]]], axis=1)


def test_unknown_elements_are_refused():
    supported = r"charge of 9, which channel 'core' does not support; it supports 1, 6, 7, 8, 16, 17\."
    remedy = "For others, use the channel \"gaussian\" with the entry 'core' in charges="
    with pytest.raises(ValueError, match=f"{supported} {remedy}"):
        AtomicDensity().fit(with_body(9, 3, 3))
    # The remedy of this message.
    AtomicDensity(("gaussian",), charges=("core",), spacing=0.4).fit(with_body(9, 3, 3))


def test_elements_of_a_dict_are_looked_up_in_tables_too():
    charges = ({1: 1, 8: 6, 26: 3},)
    with pytest.raises(
        ValueError, match=r"charge of 26, which channel 'core' does not support; it supports 1, 6, 7, 8"
    ):
        AtomicDensity(("core",), charges=charges).fit(with_body(26, 3, 3))
    # What one channel knows says nothing of the next.
    AtomicDensity(("gaussian", "core"), charges=({1: 1, 8: 6}, "core"), spacing=0.2).fit(WATER)


def test_errors_name_the_samples_of_their_block():
    X = np.concatenate([WATER, WATER, WATER])
    X[2, 1, 1] = 30.0
    model = DensityInvariants(AtomicDensity(box=[(-4, 4)] * 2, shape=(16, 16)), WaveletInvariants(J=1), block_size=1)
    with pytest.raises(
        ValueError, match=r"In X\[2:3\], with samples numbered from its start: X: a body of sample 0 lies"
    ):
        model.fit(X[:2]).transform(X)


def test_elements_beyond_the_rule_for_electrons_are_refused():
    with pytest.raises(ValueError, match=r"elements 1 to 18\. For others, set charges= to dicts .*such as {35: 7}"):
        AtomicDensity(("gaussian",), charges=("core",)).fit(with_body(26, 3, 3))


def test_elements_without_a_charge_are_refused():
    with pytest.raises(ValueError, match=r"charge of 8, .* it supports 1\. Add it to the dict in charges="):
        AtomicDensity(("gaussian",), charges=({1: 1},)).fit(WATER)


@pytest.mark.parametrize("channel", ["core", "gaussian"])
def test_coordinates_in_the_place_of_charges_are_refused(channel):
    with pytest.raises(ValueError, match=r"charge of -0\.76.* the charges are X\[\.\.\., 0\]"):
        AtomicDensity((channel,), charges=("core",)).fit(with_body(-0.76, 0, 1))


@pytest.mark.parametrize("transformer", [AtomicDensity(("dirac",)), CoulombMatrix(), NBodyInvariants()])
def test_charges_after_coordinates_raise_a_warning_that_mends_them(transformer):
    last = np.roll(WATER, -1, axis=2)
    with pytest.warns(UserWarning, match=r"If charges are last, pass np\.roll\(X, 1, axis=2\)"):
        clone(transformer).fit(last)
    clone(transformer).fit(np.roll(last, 1, axis=2))


def test_lists_of_systems_of_different_lengths_are_refused_with_what_pads_them():
    systems = [WATER[0].tolist(), WATER[0, :2].tolist()]
    with pytest.raises(ValueError, match=r"lengths, from 2 to 3.*X = np\.zeros\(\(n, max_bodies"):
        CoulombMatrix().fit(systems)


@pytest.mark.parametrize("transformer", [*ANY_NUMBER, CoulombMatrix()])
def test_other_numbers_of_bodies_are_accepted_where_padding_does_not_matter(transformer):
    fitted = clone(transformer).fit(np.concatenate([WATER, WATER]))
    padded, pair = np.pad(WATER, ((0, 0), (0, 2), (0, 0))), WATER[:, :2]
    assert_allclose(fitted.transform(padded), fitted.transform(WATER), rtol=1e-12)
    assert_allclose(fitted.transform(pair), fitted.transform(np.pad(pair, ((0, 0), (0, 1), (0, 0)))), rtol=1e-12)
    # Flat rows do not tell their number of bodies.
    with pytest.raises(ValueError, match=r"X has 15 features, but .* is expecting 9 features"):
        fitted.transform(padded.reshape(1, -1))


@pytest.mark.parametrize("transformer", ANY_NUMBER)
def test_systems_may_have_more_bodies_than_those_of_fit(transformer):
    larger = with_body(6, 1, -1)
    fitted = clone(transformer).fit(WATER)
    assert_allclose(fitted.transform(larger), fitted.fit(larger).transform(larger), rtol=1e-12)


def test_coulomb_matrices_have_the_size_seen_in_fit():
    with pytest.raises(ValueError, match=r"system of 4 bodies, but CoulombMatrix was fitted on at most 3\. Pad"):
        CoulombMatrix().fit(WATER).transform(with_body(6, 1, -1))


def test_atoms_outside_the_grid_are_refused():
    density = AtomicDensity(box=[(-2, 2)] * 2, align=None).fit(WATER)
    with pytest.raises(ValueError, match=r"body of sample 0 lies at \[3\.0, 0\.0\] Angstrom, outside the grid"):
        density.transform(WATER + np.array([0, 3, 0]))


def test_overlapping_atoms_have_no_coulomb_matrix():
    with pytest.raises(
        ValueError, match="two bodies of sample 0 are at the same position, where their energy is infinite"
    ):
        CoulombMatrix().fit_transform(with_body(6, 0, 0))


def test_overlapping_atoms_have_a_density():
    density = AtomicDensity(("dirac",), box=[(-2, 2)] * 2, spacing=0.5, align=None)
    assert density.fit_transform(with_body(6, 0, 0)).max() == pytest.approx(14 / 0.25)


@pytest.mark.parametrize("transformer", [AtomicDensity(), CoulombMatrix(), NBodyInvariants()])
def test_padding_with_nan_is_refused(transformer):
    with pytest.raises(ValueError, match="padded with charges of zero"):
        clone(transformer).fit(with_body(np.nan, np.nan, np.nan))


@pytest.mark.parametrize("transformer", [AtomicDensity(), CoulombMatrix(), NBodyInvariants()])
def test_padding_may_be_anywhere(transformer):
    padded = np.insert(with_body(0, 0, 0), 1, [0, 40, 50], axis=1)
    expected, found = (clone(transformer).fit(X).transform(X)[0] for X in (with_body(0, 0, 0), padded))
    assert_allclose(np.sort(found[found != 0]), np.sort(expected[expected != 0]), rtol=1e-12)


def test_flat_rows_that_are_no_bodies_are_refused():
    with pytest.raises(ValueError, match=r"dim=3: X has 9 features, not a multiple of 4"):
        CoulombMatrix(dim=3).fit(WATER.reshape(1, -1))


def test_flat_rows_that_are_no_bodies_raise_a_warning_without_dim():
    with pytest.warns(UserWarning, match=r"8 features are not a multiple of 3.*Pass dim="):
        CoulombMatrix().fit(WATER.reshape(1, -1)[:, :8])


def test_dim_may_not_contradict_the_input():
    with pytest.raises(ValueError, match="dim=3 contradicts X, whose bodies have 2 coordinates"):
        AtomicDensity(dim=3).fit(WATER)


def test_bodies_keep_their_number_of_coordinates():
    coulomb = CoulombMatrix().fit(np.tile(WATER, (1, 4, 1)))
    with pytest.raises(ValueError, match="X has 4 values per body, but CoulombMatrix was fitted on 3"):
        coulomb.transform(np.ones((1, 9, 4)))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"channels": ("cores",)}, "expected one or more of core, valence"),
        ({"charges": ("total",)}, "for each of the 2 channels"),
        ({"box": [(-1, 1)]}, r"expected a pair \(low, high\) for each of 2 coordinates"),
        ({"shape": (8,)}, "expected 2 whole numbers of at least 1"),
        ({"shape": (32.0, 32)}, r"shape=\(32.0, 32\): expected 2 whole numbers of at least 1"),
        ({"box": [(-4, 4), (-4, 4)], "shape": (8, 9)}, "not equal"),
        ({"box": [(-4, 4), (-4, 4)], "shape": (8, 8), "spacing": 1}, "at most two of them"),
    ],
)
def test_grids_and_channels_are_checked(parameters, message):
    with pytest.raises(ValueError, match=message):
        AtomicDensity(**parameters).fit(WATER)


@pytest.mark.parametrize("powers", [(), (0,), (1, 1), "ab"])
def test_powers_are_checked(powers):
    with pytest.raises(ValueError, match=r"powers|could not convert"):
        ScatteringInvariants(J=1, L=2, powers=powers).fit(np.ones((1, 8, 8)))


def test_coulomb_matrix_of_water():
    C = CoulombMatrix("eigenvalues").fit(WATER).transform(WATER)
    distance = np.hypot(0.76, 0.59) / 0.529177
    matrix = np.array(
        [[0.5 * 8**2.4, 8 / distance, 8 / distance], [8 / distance, 0.5, 0.529177 / 1.52], [0, 0.529177 / 1.52, 0.5]]
    )
    matrix[2, 0] = matrix[0, 2]
    assert_allclose(np.sort(C[0]), np.linalg.eigvalsh(matrix), rtol=1e-12)


def test_random_copies_have_the_same_entries():
    X = load_molecules_sample().data[:5]
    coulomb = CoulombMatrix("random", n_copies=3, random_state=0).fit(X)
    copies = coulomb.transform(X).reshape(5, *coulomb.output_shape_)
    for copy in np.moveaxis(copies, 1, 0):
        assert_allclose(np.sort(copy), np.sort(CoulombMatrix().fit_transform(X)))
    assert (copies[:, 0] != copies[:, 1]).any()


def test_fitted_coulomb_matrices_do_not_change_with_parameters():
    coulomb = CoulombMatrix("random", n_copies=2, random_state=0).fit(WATER)
    expected = coulomb.transform(WATER)
    coulomb.set_params(permutation="eigenvalues", noise=0.0)
    assert_allclose(coulomb.transform(WATER), expected)
    assert len(coulomb.get_feature_names_out()) == expected.shape[1]


@pytest.mark.parametrize("targets", [(), (2,)])
def test_each_copy_is_a_sample_and_predictions_are_means(targets, rng):
    X, y = rng.random((20, 6)), rng.random((20, *targets))
    model = CopyRegressor(Ridge(), n_copies=3).fit(X, y)
    single = Ridge().fit(np.concatenate([X[:, :2], X[:, 2:4], X[:, 4:]]), np.concatenate([y, y, y]))
    assert_allclose(model.predict(X), sum(single.predict(X[:, c : c + 2]) for c in (0, 2, 4)) / 3)


def test_copies_are_learned_by_a_laplacian_kernel_by_default(rng):
    X, y = rng.random((10, 4)), rng.random(10)
    expected = CopyRegressor(KernelRidge(kernel="laplacian", alpha=1e-8), n_copies=2).fit(X, y).predict(X)
    assert_allclose(CopyRegressor(n_copies=2).fit(X, y).predict(X), expected)


def test_copies_must_divide_the_features(rng):
    with pytest.raises(ValueError, match="n_copies=4 does not divide the 6 features"):
        CopyRegressor(n_copies=4).fit(rng.random((5, 6)), rng.random(5))


@pytest.mark.parametrize("signs", ["same", "mixed"])
def test_energies_by_scale_are_those_of_wavelets(signs):
    X, _ = make_nbody(2, 5, box=4.0, signs=signs, random_state=0)
    invariants = NBodyInvariants(J=4, Q=2, min_scale=0.3).fit(X)
    for x, s in zip(X, invariants.transform(X), strict=True):
        expected = [isotropic_energy(x[:, 0], x[:, 1:], scale) for scale in invariants.scales_]
        assert s[0] == pytest.approx(np.sum(x[:, 0] ** 2), rel=1e-12)
        assert_allclose(s[1:], expected, rtol=1e-6)


def test_energies_by_scale_do_not_change_under_rigid_motions(rng):
    X, _ = make_nbody(3, 8, random_state=0)
    Q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    moved = np.concatenate([X[..., :1], X[..., 1:] @ Q + [5, -3, 2]], axis=2)
    invariants = NBodyInvariants().fit(X)
    assert_allclose(invariants.transform(moved), invariants.transform(X), rtol=1e-6)


def test_dilation_shifts_the_scales():
    X, _ = make_nbody(3, 8, random_state=0)
    larger = X * [1, 2, 2, 2]
    S, T = (NBodyInvariants(J=6).fit(x).transform(x) for x in (X, larger))
    # Energies are halved, and so is what each scale holds.
    assert_allclose(T[:, 2:], S[:, 1:-1] / 2, rtol=1e-10)


# Regressions need many pairs of bodies at every distance: many systems if bodies are few.
@pytest.mark.parametrize(("n_bodies", "n_systems"), [(4, 1800), (16, 1800), (64, 700)])
@pytest.mark.parametrize("signs", ["same", "mixed"])
def test_energies_are_linear_in_nine_scales(n_bodies, n_systems, signs):
    X, y = make_nbody(n_systems, n_bodies, signs=signs, random_state=0)
    invariants = NBodyInvariants(J=9).fit(X)
    S = invariants.transform(X)
    model = LinearRegression().fit(S[:-200], y[:-200])
    # One scale per octave leaves a ripple of a few percent in each pair, and less in the sum.
    assert model.score(S[-200:], y[-200:]) > 0.999
    # Scales far from both the smallest distances and the size of the box. The regression compensates for scales
    # beyond the ends by those next to them, which is what the tolerance allows.
    ratio = model.coef_[3:8] / invariants.theoretical_coef_[3:8]
    assert_allclose(ratio, 1, atol=0.15)


def test_theoretical_weights_give_the_energy_of_distant_pairs():
    X = np.array([[[1.0, 0, 0, 0], [1.0, 3.0, 0, 0]]])
    invariants = NBodyInvariants(J=60, Q=4, min_scale=0.05).fit(X)
    # Two scales per octave or more leave no ripple; the sum over scales is geometric at both ends.
    assert (invariants.transform(X) @ invariants.theoretical_coef_)[0] == pytest.approx(1 / 3, rel=1e-3)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"interaction": "weak"}, "interaction='weak': expected one of 'coulomb', 'gravity'"),
        ({"signs": "both"}, "signs='both': expected one of 'same', 'mixed'"),
        ({"interaction": "gravity", "signs": "mixed"}, "masses are positive"),
        ({"n_bodies": 0}, "n_bodies=0: expected a whole number of at least 1"),
        ({"min_distance": -1}, "min_distance=-1"),
        ({"n_bodies": 100, "min_distance": 8.0}, "too many to fit in a box"),
    ],
)
def test_bodies_are_checked(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_nbody(1, **parameters)


def test_bodies_have_the_energy_of_all_pairs():
    X, y = make_nbody(2, 5, interaction="gravity", min_distance=2.0, random_state=0)
    for x, energy in zip(X, y, strict=True):
        pairs = [(k, m) for k in range(5) for m in range(k)]
        distances = [np.linalg.norm(x[k, 1:] - x[m, 1:]) for k, m in pairs]
        assert min(distances) >= 2
        assert energy == pytest.approx(-sum(x[k, 0] * x[m, 0] / r for (k, m), r in zip(pairs, distances, strict=True)))


def test_sample_of_molecules_is_as_described():
    molecules = load_molecules_sample()
    assert set(np.unique(molecules.data[..., 0])) == {0, 1, 6, 7, 8, 16, 17}
    assert (molecules.target < 0).all()
    assert set(molecules.fold) == set(range(5))
    assert "Apache" in molecules.DESCR


def published(folder, n, n_atoms, name):
    """Write a file of the published layout."""
    folds = np.empty((1, 5), dtype=object)
    for k in range(5):
        folds[0, k] = np.arange(k, n, 5)[np.newaxis] + 1
    arrays = {"R": np.ones((n, n_atoms, 2)), "Z": np.ones((n, n_atoms)), "T": -np.ones((1, n)), "P": folds}
    savemat(folder / name, arrays)


def accept(file, monkeypatch):
    """Let a file be the published one of 454 molecules."""
    name, _, shape = _molecules.PLANAR["454"]
    checksum = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setitem(_molecules.PLANAR, "454", (name, checksum, shape))


def test_published_file_is_read_without_a_network(tmp_path, monkeypatch):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    published(tmp_path, 454, 23, "qm7_2d.mat")
    accept(tmp_path / "qm7_2d.mat", monkeypatch)
    molecules = fetch_planar_molecules(subset="454", data_home=tmp_path)
    assert molecules.data.shape == (454, 23, 3)
    assert_allclose(molecules.data[..., 1:], 0.529177)
    assert (molecules.fold == np.arange(454) % 5).all()


def test_files_of_other_molecules_are_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    published(tmp_path, 454, 23, "qm_2d.mat")
    with pytest.raises(ValueError, match=r"qm_2d\.mat is not the published file of planar molecules"):
        fetch_planar_molecules(data_home=tmp_path)


def test_molecules_of_which_a_byte_is_flipped_are_refused(tmp_path, monkeypatch, rng):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    file = tmp_path / "qm7_2d.mat"
    published(tmp_path, 454, 23, file.name)
    accept(file, monkeypatch)
    content = file.read_bytes()
    for position, bits in zip(rng.integers(len(content), size=200), rng.integers(1, 256, 200), strict=True):
        flipped = bytearray(content)
        flipped[position] ^= bits
        file.write_bytes(flipped)
        with pytest.raises(ValueError, match=r"qm7_2d\.mat is not .* or make it again\. \(ValueError: the SHA-256"):
            fetch_planar_molecules(subset="454", data_home=tmp_path)


def test_missing_molecules_are_downloaded_only_if_allowed(tmp_path, monkeypatch):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    asked, timeouts = [], []

    def retrieve(url, *arguments, downloader):
        asked.append(url)
        timeouts.append(downloader.timeout)
        return str(tmp_path / "stored")

    pooch = SimpleNamespace(retrieve=retrieve, HTTPDownloader=lambda timeout: SimpleNamespace(timeout=timeout))
    monkeypatch.setitem(sys.modules, "pooch", pooch)
    with pytest.raises(OSError, match="download_if_missing=False"):
        fetch_planar_molecules(subset="454", data_home=tmp_path, download_if_missing=False)
    assert not asked
    published(tmp_path, 454, 23, "elsewhere.mat")
    (tmp_path / "elsewhere.mat").rename(tmp_path / "stored")
    accept(tmp_path / "stored", monkeypatch)
    fetch_planar_molecules(subset="454", data_home=tmp_path)
    assert timeouts == [60]
    assert asked[0].startswith("https://raw.githubusercontent.com/matthew-hirn/ScatNet-QM-2D/")


def test_unknown_sets_are_refused():
    with pytest.raises(ValueError, match="expected one of '4357', '454'"):
        fetch_planar_molecules(subset="all")


def test_molecules_in_space_are_read_from_a_file(tmp_path, monkeypatch):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match=r"qm7_qml\.npz is missing"):
        fetch_qm7(data_home=tmp_path)
    n, m, dim = _molecules.QM7_SHAPE
    energies = -np.arange(n, dtype=np.float32)
    arrays = {"positions": np.zeros((n, m, dim)), "charges": np.ones((n, m)), "energies": energies}
    np.savez(tmp_path / "qm7_qml.npz", **arrays, energies_dftb=energies)
    molecules = fetch_qm7(data_home=tmp_path)
    assert molecules.data.shape == (7101, 23, 4)
    assert molecules.target[3] == molecules.dftb[3] == -3
