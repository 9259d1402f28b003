"""Each linear operation equals its definition, and its adjoint is its adjoint."""

from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from itertools import combinations

import numpy as np
import pytest
import scipy.fft
from oracles import pad as slow_pad

from skscat._core import _copying as copying
from skscat._core import _folding as folding
from skscat._core import _operators as operators
from skscat._core._records import Band, Filter, complex_dtype
from skscat.filters import to_dense


@pytest.fixture
def noise(rng):
    """Function that draws real or complex noise of a given shape."""

    def draw(*shape, complex_valued=False):
        x = rng.standard_normal(shape)
        return x + 1j * rng.standard_normal(shape) if complex_valued else x

    return draw


def inner(a, b):
    return np.real(np.vdot(a, b))


@pytest.mark.parametrize("mode", ["symmetric", "reflect", "wrap", "edge", "constant"])
@pytest.mark.parametrize(("length", "left", "total"), [(7, 3, 15), (7, 20, 60), (1, 4, 9), (2, 5, 11), (8, 0, 8)])
def test_pad_equals_its_definition(mode, length, left, total, noise):
    x = noise(length)
    np.testing.assert_array_equal(copying.pad(x, (left,), (total,), mode), slow_pad(x, left, total, mode))


@pytest.mark.parametrize("mode", ["symmetric", "reflect", "wrap", "edge", "constant"])
def test_pad_adjoint(mode, noise):
    x, g = noise(2, 5, 4), noise(2, 19, 11)
    forward = copying.pad(x, (9, 3), (19, 11), mode)
    backward = copying.pad_adjoint(g, (9, 3), (5, 4), mode)
    assert inner(forward, g) == pytest.approx(inner(x, backward), rel=1e-12)


# Bands inside the grid's own, beyond its Nyquist frequency, one-sided, and a whole period; odd and even sizes.
BANDS = [((-3,), (3,), (8,)), ((-2,), (6,), (9,)), ((0,), (4,), (8,)), ((-4,), (12,), (9,)), ((2,), (5,), (7,))]
BANDS += [((-2, -3), (3, 3), (8, 9)), ((-1, -4), (4, 4), (7, 8)), ((-4, -5), (5, 5), (8, 8))]
BANDS += [((-1, -2, -1), (2, 2, 1), (5, 6, 4))]


@pytest.mark.parametrize(("low", "high", "size"), BANDS)
def test_spectrum_is_the_fourier_series(low, high, size, noise):
    u = noise(2, *size)
    expected = scipy.fft.fftn(u, axes=range(1, 1 + len(size)), norm="forward")
    band = np.ix_(range(2), *(np.arange(a, b + 1) % n for a, b, n in zip(low, high, size, strict=True)))
    np.testing.assert_allclose(operators.spectrum(u, low, high), expected[band], atol=1e-14)


@pytest.mark.parametrize(("low", "high", "size"), BANDS)
def test_spectrum_adjoint(low, high, size, noise):
    u = noise(2, *size)
    u_hat = operators.spectrum(u, low, high)
    g = noise(*u_hat.shape, complex_valued=True)
    backward = operators.spectrum_adjoint(g, low, high, size)
    assert inner(u_hat, g) == pytest.approx(inner(u, backward), rel=1e-12)


# A support inside the grid, one that wraps, one wider than the grid, and parts outside of the spectrum.
FOLDS = [((1,), 5, (12,), (-6,), 13), ((3,), 5, (6,), (-6,), 13), ((-4,), 9, (5,), (-6,), 13)]
FOLDS += [((-9,), 12, (16,), (-6,), 13), ((4,), 7, (8,), (-6,), 13)]
FOLDS += [((-2, 1), 5, (6, 8), (-6, -6), 13), ((-5, -3), 8, (5, 4), (-6, -4), 9)]


def band_of(low, x_hat):
    """Band of a spectrum (batch, *band) whose lowest frequencies are known."""
    return Band(low, tuple(a + n - 1 for a, n in zip(low, x_hat.shape[1:], strict=True)))


def folded(x_hat, psi, x_low, size):
    """Product of spectrum and filter, folded onto a grid, one frequency at a time."""
    out = np.zeros((len(x_hat), len(psi.values), *size), dtype=complex)
    for position in np.ndindex(psi.values.shape[1:]):
        k = np.add(position, psi.low)
        source, target = tuple(k - x_low), tuple(k % size)
        if all(0 <= i < n for i, n in zip(source, x_hat.shape[1:], strict=True)):
            out[(slice(None), slice(None), *target)] += (
                x_hat[(slice(None), *source)][:, np.newaxis] * psi.values[(slice(None), *position)]
            )
    return out


@pytest.mark.parametrize("complex_filter", [False, True])
@pytest.mark.parametrize(("low", "width", "size", "x_low", "x_width"), FOLDS)
def test_multiply_folds_the_product(low, width, size, x_low, x_width, complex_filter, noise):
    ndim = len(low)
    psi = Filter(noise(2, *(width,) * ndim, complex_valued=complex_filter), low)
    x_hat = noise(3, *(x_width,) * ndim, complex_valued=True)
    pieces = folding.fold(psi, band_of(x_low, x_hat), size, (0,) * ndim, np.float64)
    out = np.zeros((3, 2, *size), dtype=complex)
    operators.multiply(x_hat, pieces, out)
    np.testing.assert_allclose(out, folded(x_hat, psi, x_low, size), atol=1e-14)


@pytest.mark.parametrize("complex_filter", [False, True])
@pytest.mark.parametrize(("low", "width", "size", "x_low", "x_width"), FOLDS)
def test_pieces_that_cover_the_grid_need_no_zeros(low, width, size, x_low, x_width, complex_filter, noise):
    psi = Filter(noise(2, *(width,) * len(low), complex_valued=complex_filter), low)
    x_hat = noise(3, *(x_width,) * len(low), complex_valued=True)
    product = folding.fold_wavelet(psi, band_of(x_low, x_hat), size, None, np.float64, shift=(0,) * len(low))
    out = np.full((3, 2, *size), np.nan, dtype=complex)
    operators.multiply(x_hat, product.pieces, out)
    assert product.covers == np.isfinite(out).all()


@pytest.mark.parametrize("complex_filter", [False, True])
def test_multiply_takes_some_components_of_a_filter(complex_filter, noise):
    psi = Filter(noise(3, 4, 5, complex_valued=complex_filter), (-1, -2))
    x_hat = noise(2, 7, 7, complex_valued=True)
    pieces = folding.fold(psi, Band((-3, -3), (3, 3)), (3, 8), (0, 0), np.float64)
    out, part = np.zeros((2, 3, 3, 8), dtype=complex), np.zeros((2, 1, 3, 8), dtype=complex)
    operators.multiply(x_hat, pieces, out)
    operators.multiply(x_hat, pieces, part, slice(1, 2))
    np.testing.assert_array_equal(part, out[:, 1:2])


@pytest.mark.parametrize("size", [(9, 8, 10), (8, 7, 6), (4, 5, 4)])
def test_half_of_a_product_gives_the_real_convolution(size, noise):
    """The filter is real in space; grids hold all of its spectrum, or fold it."""
    grid, x = (9, 8, 10), noise(2, 9, 8, 10)
    psi = Filter(noise(3, 5, 7, 9, complex_valued=True), (0, -3, -4), half=True)
    # At frequency zero of the first axis both halves are given.
    psi.values[:, 0] += np.conj(psi.values[:, 0, ::-1, ::-1])
    full = to_dense(psi, grid)
    np.testing.assert_allclose(np.fft.ifftn(full, axes=(1, 2, 3)).imag, 0, atol=1e-14)
    x_hat = operators.spectrum(x, *psi.band)
    both = folding.whole(psi, grid)
    out = np.zeros((2, 3, size[0] // 2 + 1, *size[1:]), dtype=complex)
    operators.multiply(x_hat, folding.fold(both, psi.band, size, (0, 0, 0), float, half=True), out)
    expected = operators.synthesize(folded(x_hat, both, psi.band.low, size), (-3, -2, -1))
    np.testing.assert_allclose(operators.synthesize_real(out, size), expected, atol=1e-12)


@pytest.mark.parametrize("size", [(9,), (8,), (6, 5), (5, 4), (4, 3, 6)])
def test_synthesize_real_adjoint(size, noise):
    z_hat = noise(2, size[0] // 2 + 1, *size[1:], complex_valued=True)
    g = noise(2, *size)
    forward, backward = (
        operators.synthesize_real(z_hat.copy(), size),
        operators.synthesize_real_adjoint(g.copy(), size),
    )
    assert inner(forward, g) == pytest.approx(inner(z_hat, backward), rel=1e-12)


@pytest.mark.parametrize("grid", [(6, 6, 6), (5, 7, 3), (6, 5, 4)])
def test_spectrum_at_the_nyquist_frequency_is_split_between_both_ends(grid, noise):
    """The dense filter is the same, whichever end of an axis holds the Nyquist frequency."""
    box = [np.arange(n // 2 + 1 if axis == 0 else n) - (n // 2 if axis else 0) for axis, n in enumerate(grid)]
    kernel_in_space = noise(1, *grid)
    spectrum = np.fft.fftn(kernel_in_space, axes=(1, 2, 3))
    psi = Filter(spectrum[(slice(None), *np.ix_(*box))], tuple(int(k[0]) for k in box), half=True)
    np.testing.assert_allclose(to_dense(psi, grid), spectrum, atol=1e-12)
    values = folding.whole(psi, grid).values
    np.testing.assert_allclose(values, np.conj(values[:, ::-1, ::-1, ::-1]), atol=1e-12)


@pytest.mark.parametrize("complex_filter", [False, True])
@pytest.mark.parametrize(("low", "width", "size", "x_low", "x_width"), FOLDS)
def test_multiply_adjoint(low, width, size, x_low, x_width, complex_filter, noise):
    ndim = len(low)
    psi = Filter(noise(2, *(width,) * ndim, complex_valued=complex_filter), low)
    x_hat = noise(3, *(x_width,) * ndim, complex_valued=True)
    pieces = folding.fold(psi, band_of(x_low, x_hat), size, low, np.float64)
    out = np.zeros((3, 2, *size), dtype=complex)
    operators.multiply(x_hat, pieces, out)
    g = noise(*out.shape, complex_valued=True)
    back = np.zeros_like(x_hat)
    operators.multiply_adjoint(g, pieces, back)
    assert inner(out, g) == pytest.approx(inner(x_hat, back), rel=1e-12)


def test_synthesize_inverts_spectrum(noise):
    u = noise(2, 8, 9)
    u_hat = scipy.fft.fftn(u, axes=(1, 2), norm="forward")
    np.testing.assert_allclose(operators.synthesize(u_hat, (-2, -1)), u, atol=1e-14)


def test_synthesize_adjoint(noise):
    z, g = noise(2, 8, 9, complex_valued=True), noise(2, 8, 9, complex_valued=True)
    forward, backward = operators.synthesize(z.copy(), (-2, -1)), operators.synthesize_adjoint(g.copy(), (-2, -1))
    assert inner(forward, g) == pytest.approx(inner(z, backward), rel=1e-12)


@pytest.mark.parametrize(("low", "width", "size"), [(0, 4, 6), (-3, 5, 5), (-2, 9, 8), (-11, 4, 4)])
@pytest.mark.parametrize("complex_filter", [False, True])
def test_product_along_the_index_is_that_of_the_dense_filter(low, width, size, complex_filter, noise):
    """Frequencies are periodic in the length of the axis; the first that is kept goes to sample 0."""
    total = 12
    psi = Filter(noise(1, width, complex_valued=complex_filter), (low,))
    x_hat = noise(2, total, 3, 4, complex_valued=True)
    out = np.zeros((2, 1, size, 3, 4), dtype=complex)
    operators.multiply(x_hat, folding.fold_index(psi, total, size, 2, np.float64).pieces, out)
    cut = folding.crop(psi, (size,))
    expected = np.zeros_like(out)
    for k, value in enumerate(cut.values[0]):
        expected[:, 0, k] = value * x_hat[:, (cut.low[0] + k) % total]
    np.testing.assert_allclose(out, expected)


def test_product_along_the_index_adjoint(noise):
    psi = Filter(noise(1, 7), (-3,))
    pieces = folding.fold_index(psi, 12, 8, 2, np.float64).pieces
    x_hat, g = noise(2, 12, 3, 4, complex_valued=True), noise(2, 1, 8, 3, 4, complex_valued=True)
    out, back = np.zeros_like(g), np.zeros_like(x_hat)
    operators.multiply(x_hat, pieces, out)
    operators.multiply_adjoint(g, pieces, back)
    assert inner(out, g) == pytest.approx(inner(x_hat, back), rel=1e-12)


def test_analyze_inverts_synthesize(noise):
    z = noise(2, 8, 9, complex_valued=True)
    np.testing.assert_allclose(operators.analyze(operators.synthesize(z.copy(), (1,)), (1,)), z, atol=1e-14)


def test_analyze_adjoint(noise):
    z, g = noise(2, 8, 9, complex_valued=True), noise(2, 8, 9, complex_valued=True)
    forward, backward = operators.analyze(z.copy(), (1,)), operators.analyze_adjoint(g.copy(), (1,))
    assert inner(forward, g) == pytest.approx(inner(z, backward), rel=1e-12)


def test_pool_is_a_product_along_the_index(noise):
    u, matrix = noise(2, 5, 3, 4), noise(6, 5)
    np.testing.assert_allclose(operators.pool(u, matrix), np.einsum("oi,bixy->boxy", matrix, u), atol=1e-14)


def test_pool_adjoint(noise):
    u, matrix, g = noise(2, 5, 3, 4), noise(6, 5), noise(2, 6, 3, 4)
    assert inner(operators.pool(u, matrix), g) == pytest.approx(inner(u, operators.pool_adjoint(g, matrix)), rel=1e-12)


def test_mirrored_filter_is_that_of_the_conjugate_signal(noise):
    psi = Filter(noise(1, 5, 4), (-1, 2))
    grid = (9, 8)
    conjugate = np.conj(np.fft.ifft2(to_dense(psi, grid)[0]))
    np.testing.assert_allclose(np.fft.ifft2(to_dense(psi.mirrored, grid)[0]), conjugate, atol=1e-14)


@pytest.mark.parametrize("n_components", [1, 3])
def test_modulus_pools_components(n_components, noise):
    z = noise(2, n_components, 5, 4, complex_valued=True)
    np.testing.assert_allclose(operators.modulus(z, 2), np.linalg.norm(z, axis=1), rtol=1e-14)


@pytest.mark.parametrize("n_components", [1, 3])
def test_modulus_adjoint_is_the_derivative(n_components, noise):
    z, dz = noise(2, n_components, 6, complex_valued=True), noise(2, n_components, 6, complex_valued=True)
    g = noise(2, 6)
    difference = (operators.modulus(z + 1e-6 * dz, 1) - operators.modulus(z - 1e-6 * dz, 1)) / 2e-6
    u = operators.modulus(z, 1)
    # Central differences of step 1e-6 are good to about 1e-9.
    assert inner(difference, g) == pytest.approx(inner(dz, operators.modulus_vjp(z, u, g, 1)), rel=1e-8)


@pytest.mark.parametrize("exponent", [0.5, 1, 2, 3, 2.5])
def test_powers_are_those_of_magnitudes(exponent, noise):
    u = np.abs(noise(5))
    np.testing.assert_allclose(operators.power(u, exponent), u**exponent, rtol=1e-14)
    np.testing.assert_array_equal(operators.power(-u, exponent, signed=False), operators.power(u, exponent))


def test_first_power_may_keep_the_sign(rng):
    u = rng.standard_normal(5)
    np.testing.assert_array_equal(operators.power(u, 1), u)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("exponent", [0.5, 1, 2, 3, 2.5])
def test_adjoint_of_a_power_is_its_derivative(exponent, signed, rng):
    u, g = rng.standard_normal((2, 5))
    difference = (operators.power(u + 1e-6, exponent, signed) - operators.power(u - 1e-6, exponent, signed)) / 2e-6
    # Central differences of step 1e-6 are good to about 1e-9.
    np.testing.assert_allclose(operators.power_vjp(u, g, exponent, signed), g * difference, rtol=1e-6)


def test_modulus_adjoint_is_zero_at_zero():
    z = np.zeros((1, 1, 4), dtype=complex)
    gradient = operators.modulus_vjp(z, operators.modulus(z, 1), np.ones((1, 4)), 1)
    np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_operations_keep_the_precision(dtype, noise):
    u = noise(2, 8).astype(dtype)
    u_hat = operators.spectrum(u, (-2,), (3,))
    psi = Filter(np.ones((1, 3)), (0,))
    out = np.zeros((2, 1, 8), u_hat.dtype)
    operators.multiply(u_hat, folding.fold(psi, Band((-2,), (3,)), (8,), (0,), dtype), out)
    z = operators.synthesize(out, (-1,))
    assert z.dtype == complex_dtype(dtype)
    assert operators.modulus(z, 1).dtype == dtype


PRODUCTS = [([5], [(4,), (4,)]), ([5, 6], [(2, 3)]), ([5, 6], [(2, 3), (2, 3), (2, 3)]), ([3, 4, 5], [(2, 1, 3)])]


@pytest.mark.parametrize(("size", "outputs"), PRODUCTS)
def test_project_is_a_sum_of_kronecker_products(size, outputs, noise):
    products = [tuple(noise(n, m) for n, m in zip(size, out, strict=True)) for out in outputs]
    u = noise(2, 3, *size)
    whole = sum(reduce(np.kron, matrices) for matrices in products)
    expected = (u.reshape(6, -1) @ whole).reshape(2, 3, *outputs[0])
    np.testing.assert_allclose(operators.project(u, products), expected, atol=1e-13)


@pytest.mark.parametrize(("size", "outputs"), PRODUCTS)
def test_project_adjoint(size, outputs, noise):
    products = [tuple(noise(n, m) for n, m in zip(size, out, strict=True)) for out in outputs]
    u, g = noise(2, 3, *size), noise(2, 3, *outputs[0])
    forward, backward = operators.project(u, products), operators.project_adjoint(g, products)
    assert inner(forward, g) == pytest.approx(inner(u, backward), rel=1e-12)


def test_crop_keeps_the_window_with_most_energy():
    psi = Filter(np.array([[0.1, 1.0, 3.0, 2.0, 0.5]]), (-1,))
    cut = folding.crop(psi, (3,))
    np.testing.assert_array_equal(cut.values, [[1.0, 3.0, 2.0]])
    assert cut.low == (0,)
    assert folding.crop(psi, (9,)).low == (-1,)


# An array of the library that scratch memory is for.
NUMPY = np.empty(0)


def test_scratch_memory_is_used_again():
    scratch = copying.Scratch()
    first = scratch.empty("a", (4, 5), np.complex64, NUMPY)
    second = scratch.empty("a", (5, 8), np.float32, NUMPY)
    assert np.shares_memory(first, second)
    assert not np.shares_memory(first, scratch.empty("b", (4, 5), np.complex64, NUMPY))


def test_memory_of_a_frame_is_used_again_after_its_end():
    scratch = copying.Scratch()
    with scratch.frame():
        first = scratch.take((4, 5), np.complex64, NUMPY)
    assert np.shares_memory(first, scratch.take((5, 8), np.float32, NUMPY))


def test_arrays_of_frames_inside_others_do_not_overlap():
    scratch, taken = copying.Scratch(), []
    n = copying.SCRATCH_BYTES // 16
    for _ in range(3):
        taken.append(scratch.take((n,), np.float32, NUMPY))
        with scratch.frame():
            inner = [scratch.take((n + k,), np.float32, NUMPY) for k in range(4)]
        taken.append(scratch.take_zeros((3,), np.float64, NUMPY))
        outer = taken[:-1]
        assert not any(np.shares_memory(a, b) for a, b in combinations(outer + inner, 2))
    assert not any(np.shares_memory(a, b) for a, b in combinations(taken, 2))


def test_memory_of_frames_is_kept_up_to_a_total(monkeypatch):
    monkeypatch.setattr(copying, "KEPT_BYTES", 2 * copying.SCRATCH_BYTES)
    scratch = copying.Scratch()
    with scratch.frame():
        first, *others = (scratch.take((copying.SCRATCH_BYTES,), np.uint8, NUMPY) for _ in range(4))
        scratch.trim()
        last = scratch.take((1,), np.uint8, NUMPY)
    assert not any(np.shares_memory(last, array) for array in (first, *others))
    scratch.trim()
    with scratch.frame():
        again = [scratch.take((copying.SCRATCH_BYTES,), np.uint8, NUMPY) for _ in range(4)]
    assert [np.shares_memory(a, b) for a, b in zip((first, *others), again, strict=True)] == [True, True, False, False]


def test_threads_have_scratch_memory_of_their_own():
    mine = copying.scratch.empty("a", (4,), np.float32, NUMPY)
    with ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(copying.scratch.empty, "a", (4,), np.float32, NUMPY).result()
    assert not np.shares_memory(mine, theirs)


def test_large_scratch_memory_is_released():
    scratch = copying.Scratch()
    small = scratch.empty("small", (4,), np.float32, NUMPY)
    large = scratch.empty("large", (copying.SCRATCH_BYTES,), np.float32, NUMPY)
    scratch.trim()
    assert np.shares_memory(small, scratch.empty("small", (4,), np.float32, NUMPY))
    assert not np.shares_memory(large, scratch.empty("large", (4,), np.float32, NUMPY))
