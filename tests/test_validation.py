"""Bad input gets a ValueError that names the parameter, what was found and what was expected."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skscat import (
    HaarScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    scatter,
)
from skscat.filters import battle_lemarie_bank_1d, morlet_bank_1d, morlet_bank_2d, solid_harmonic_bank, spin_bank_1d
from skscat.preprocessing import ScaleAveraging

LINE = np.zeros((2, 64))
PLANE = np.zeros((2, 16, 16))
CUBE = np.zeros((2, 8, 8, 8))

BAD_PARAMETERS = [
    (Scattering1D(J=0), LINE, "The 'J' parameter of Scattering1D must be"),
    (Scattering1D(J=2.5), LINE, "The 'J' parameter of Scattering1D must be"),
    (Scattering1D(Q=0), LINE, "The 'Q' parameter of Scattering1D must be"),
    (Scattering1D(Q=(8, 0)), LINE, r"Q=\(8, 0\): expected a whole number of at least 1, or one per order"),
    (Scattering1D(Q=[1.5]), LINE, r"Q=\[1.5\]: expected a whole number"),
    (Scattering1D(Q=[]), LINE, r"Q=\[\]: expected a whole number"),
    (Scattering1D(Q=[8, None]), LINE, r"Q=\[8, None\]: expected a whole number"),
    (Scattering1D(Q=[[1, 2]]), LINE, r"Q=\[\[1, 2\]\]: expected a whole number"),
    (Scattering1D(Q=[np.nan, 1]), LINE, r"Q=\[nan, 1\]: expected a whole number"),
    (Scattering1D(Q=[np.inf]), LINE, r"Q=\[inf\]: expected a whole number"),
    (Scattering1D(Q=["a"]), LINE, r"Q=\['a'\]: expected a whole number"),
    (Scattering1D(Q=4, wavelet="battle_lemarie"), LINE, r"Q=4: there is one Battle-Lemarie wavelet per octave"),
    (Scattering1D(T=12, wavelet="battle_lemarie"), LINE, "T=12: Battle-Lemarie wavelets average over a power of two"),
    (Scattering1D(T=65), LINE, "T=65 is longer than the signal, which has 64 samples"),
    (Scattering1D(T=0), LINE, "The 'T' parameter of Scattering1D must be"),
    (Scattering1D(max_order=-1), LINE, "The 'max_order' parameter of Scattering1D must be"),
    (Scattering1D(wavelet="haar"), LINE, "The 'wavelet' parameter of Scattering1D must be"),
    (Scattering1D(normalize="l2"), LINE, "The 'normalize' parameter of Scattering1D must be"),
    (Scattering1D(average="max"), LINE, "The 'average' parameter of Scattering1D must be"),
    (Scattering1D(stride=0), LINE, "The 'stride' parameter of Scattering1D must be"),
    (Scattering1D(oversampling=-1), LINE, "The 'oversampling' parameter of Scattering1D must be"),
    (Scattering1D(padding="zeros"), LINE, "The 'padding' parameter of Scattering1D must be"),
    (Scattering1D(average=None, renormalize=True), LINE, "renormalize=True needs averages, but average=None keeps"),
    (Scattering1D(sampling_rate=0), LINE, "The 'sampling_rate' parameter of Scattering1D must be"),
    (
        Scattering1D(shape=(2, 2, 16)),
        LINE,
        r"shape=\(2, 2, 16\) has 3 entries; expected 1, or 2 with channels first",
    ),
    (Scattering1D(shape=(3, -1)), LINE, r"shape=\(3, -1\) holds a multiple of 3 values; X has 64 features"),
    (Scattering1D(shape=(2, 16)), LINE, r"shape=\(2, 16\) holds 32 values; X has 64 features"),
    (
        Scattering1D(shape=(-1, -1)),
        LINE,
        r"shape=\(-1, -1\): expected whole numbers of at least 1, one of which may be",
    ),
    (Scattering1D(shape=(0, 64)), LINE, r"shape=\(0, 64\): expected whole numbers of at least 1"),
    (Scattering2D(shape=(7.9, 8)), LINE, r"shape=\(7.9, 8\): expected whole numbers of at least 1"),
    (Scattering2D(shape=(8.0, 8)), LINE, r"shape=\(8.0, 8\): expected whole numbers of at least 1"),
    (Scattering2D(shape=[None, 8]), LINE, r"shape=\[None, 8\]: expected whole numbers of at least 1"),
    (Scattering2D(shape=[np.nan, 8]), LINE, r"shape=\[nan, 8\]: expected whole numbers of at least 1"),
    (Scattering2D(shape=[[8, 8], [1, 1]]), LINE, r"shape=\[\[8, 8\], \[1, 1\]\]: expected whole numbers"),
    (TimeFrequencyScattering(J_fr=0), LINE, "The 'J_fr' parameter of TimeFrequencyScattering must be"),
    (TimeFrequencyScattering(F=0.5), LINE, "The 'F' parameter of TimeFrequencyScattering must be"),
    (TimeFrequencyScattering(max_order=3), LINE, "The 'max_order' parameter of TimeFrequencyScattering must be"),
    (TimeFrequencyScattering(average=None), LINE, "The 'average' parameter of TimeFrequencyScattering must be"),
    (TimeFrequencyScattering(J=2, F=99), LINE, "F=99 is longer than the log-frequency axis, which has [0-9]+ bins"),
    (SpiralScattering(J=2, F=99), LINE, "F=99 is longer than the log-frequency axis, which has [0-9]+ bins"),
    (RotoTranslationScattering2D(average_angle=False), PLANE, "The 'average_angle' parameter of RotoTranslation"),
    (
        RotoTranslationScattering2D(slant=0.1),
        PLANE,
        "slant=0.1, L=8: wavelets do not cover all directions; expected a larger",
    ),
    (HarmonicScattering3D(powers=("a",)), CUBE, r"powers=\('a',\): expected a sequence of positive numbers"),
    (HarmonicScattering3D(powers=(1, -2)), CUBE, r"powers=\(1, -2\): expected a sequence of positive numbers"),
    (HarmonicScattering3D(powers=[]), CUBE, r"powers=\[\]: expected a sequence of positive numbers"),
    (
        ScaleAveraging(Scattering2D(), scales=(1, 0.5)),
        PLANE,
        r"scales=\(1, 0.5\): expected a sequence of numbers of at",
    ),
    (ScaleAveraging(Scattering2D(), scales=(1, (1, 0.5))), PLANE, r"scales=.*: expected a sequence of numbers of at"),
    (ScaleAveraging(Scattering2D(), scales=((1, 2, 3),)), PLANE, "at least 1, or of pairs of them"),
    (ScaleAveraging(Scattering2D(), scales=(np.nan,)), PLANE, r"scales=\(nan,\): expected a sequence of numbers of"),
    (ScaleAveraging(Scattering2D(), scales=("a",)), PLANE, r"scales=\('a',\): expected a sequence of numbers of at"),
    (TimeFrequencyScattering(T=65), LINE, "T=65 is longer than the signal, which has 64 samples"),
    (SpiralScattering(Q=(8, 1)), LINE, "The 'Q' parameter of SpiralScattering must be"),
    (SpiralScattering(J_oct=0), LINE, "The 'J_oct' parameter of SpiralScattering must be"),
    (RotoTranslationScattering2D(L=1), PLANE, "The 'L' parameter of RotoTranslationScattering2D must be"),
    (RotoTranslationScattering2D(J_rot=-1), PLANE, "The 'J_rot' parameter of RotoTranslationScattering2D must be"),
    (RotoTranslationScattering2D(separable=2), PLANE, "The 'separable' parameter of RotoTranslationScattering2D must"),
    (RotoTranslationScattering2D(T=17), PLANE, "T=17 is longer than the image"),
    (Scattering2D(L=0), PLANE, "The 'L' parameter of Scattering2D must be"),
    (Scattering2D(L=1), PLANE, "L=1: a single orientation does not cover all directions; a tight bank requires"),
    (Scattering2D(J=2, slant=0.2), PLANE, "slant=0.2, L=8: wavelets do not cover all directions; expected a larger"),
    (Scattering2D(slant=0), PLANE, "The 'slant' parameter of Scattering2D must be"),
    (Scattering2D(T=17), PLANE, r"T=17 is longer than the image, which has shape \(16, 16\)"),
    (Scattering2D(shape=(8, 32)), PLANE, r"shape=\(8, 32\) contradicts X, whose signals have shape \(16, 16\)"),
    (Scattering2D(shape=256), PLANE, "The 'shape' parameter of Scattering2D must be"),
    (Scattering2D(shape=(256,)), PLANE, r"shape=\(256,\) has 1 entries; expected 2, or 3 with channels first"),
    (Scattering1D(Q={1: 8}), LINE, r"Q=\{1: 8\}: expected a whole number of at least 1, or one per order"),
    (Scattering2D(J=1, shape={4, 64}), PLANE, r"shape=\{.*\} has 1 entries; expected 2, or 3 with channels first"),
    (HarmonicScattering3D(powers={1: 2}), CUBE, r"powers=\{1: 2\}: expected a sequence of positive numbers"),
    (
        ScaleAveraging(Scattering2D(), scales={1: 2}),
        PLANE,
        r"scales=\{1: 2\}: expected a sequence of numbers of at least 1",
    ),
    (Scattering1D(channel_axis=2), LINE, r"channel_axis=2: expected None, or an axis .*, from -2 to 1"),
    (Scattering2D(channel_axis=-4), PLANE, r"channel_axis=-4: expected None, or an axis .*, from -3 to 2"),
    (Scattering1D(channel_axis=True), LINE, "The 'channel_axis' parameter of Scattering1D must be"),
    (Scattering1D(channel_axis=1.0), LINE, "The 'channel_axis' parameter of Scattering1D must be"),
    (
        HaarScattering(pairing="grid", shape=256),
        PLANE,
        "The 'shape' parameter of HaarScattering must be",
    ),
]


@pytest.mark.parametrize(("estimator", "X", "message"), BAD_PARAMETERS)
def test_bad_parameters_are_named(estimator, X, message):
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(X)


def holding(value):
    X = np.zeros((2, 64))
    X[1, 3] = value
    return X


BAD_SIGNALS = [
    (Scattering1D(), holding(np.nan), "Input X contains NaN"),
    (Scattering1D(), holding(np.inf), "Input X contains infinity"),
    (Scattering1D(), np.zeros((2, 64), dtype=complex), "Complex data not supported"),
    (Scattering2D(), PLANE.astype(complex), "Complex data not supported"),
    (Scattering1D(), np.zeros((2, 3, 4, 5)), r"X has shape \(2, 3, 4, 5\); Scattering1D expects \(n, length\)"),
    (Scattering2D(), np.zeros((2, 3, 4, 5, 6)), r"Scattering2D expects \(n, height, width\), \(n, channels, height"),
    (
        Scattering1D(),
        np.zeros(64),
        r"Expected 2D array, got 1D array instead: X has shape \(64,\). Reshape your data with X.reshape\(1, -1\)",
    ),
    (Scattering1D(), np.zeros((0, 64)), "a minimum of 1 is required"),
    (Scattering2D(), np.zeros((0, 16, 16)), "a minimum of 1 is required"),
    (Scattering2D(), np.zeros((2, 16, 0)), "a minimum of 1 is required"),
    (Scattering1D(), [["a", "b"]], "could not convert string to float|dtype='numeric' is not compatible"),
]


@pytest.mark.parametrize(("estimator", "X", "message"), BAD_SIGNALS)
def test_bad_signals_are_named(estimator, X, message):
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(X)


def test_sparse_signals_are_refused():
    with pytest.raises(TypeError, match="Sparse data was passed"):
        Scattering1D().fit(scipy.sparse.csr_array(LINE))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((2, 16, 17)), r"X has signals of shape \(16, 17\), but Scattering2D was fitted on .* \(16, 16\)"),
        (np.zeros((2, 3, 16, 16)), r"X has signals of shape \(3, 16, 16\), but Scattering2D was fitted"),
        (np.zeros((2, 512)), "X has 512 features, but Scattering2D is expecting 256 features"),
        # The same number of features in another shape: never reshaped silently.
        (np.zeros((2, 8, 32)), r"X has signals of shape \(8, 32\), but Scattering2D was fitted"),
    ],
)
def test_transform_refuses_another_shape(X, message):
    estimator = Scattering2D().fit(PLANE)
    with pytest.raises(ValueError, match=message):
        estimator.transform(X)


@pytest.mark.parametrize("method", ["transform", "get_feature_names_out"])
def test_unfitted_transforms_are_refused(method):
    with pytest.raises(NotFittedError, match="This Scattering1D instance is not fitted yet"):
        getattr(Scattering1D(), method)(LINE)


def test_flat_images_that_form_no_square_raise_a_warning():
    with pytest.warns(UserWarning, match=r"12 features do not form a square: rows are taken as .* \(1, 12\). Set"):
        estimator = Scattering2D(J=1).fit(np.zeros((2, 12)))
    assert estimator.signal_shape_ == (1, 12)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((16, 24), (16, 24)), ((-1, 24), (16, 24)), ((3, 8, 16), (3, 8, 16)), ([2, -1, 8], (2, 24, 8))],
)
def test_shape_is_read_as_reshape_reads_it(shape, expected, rng):
    X = rng.standard_normal((2, 384))
    estimator = Scattering2D(J=1, shape=shape).fit(X)
    assert estimator.signal_shape_ == expected
    np.testing.assert_array_equal(estimator.transform(X), Scattering2D(J=1).fit_transform(X.reshape(2, *expected)))


SHAPES = {
    Scattering1D: 64,
    Scattering2D: (16, 16),
    TimeFrequencyScattering: 64,
    SpiralScattering: 64,
    RotoTranslationScattering2D: (16, 16),
    HarmonicScattering3D: (4, 4, 4),
}


@pytest.mark.parametrize("transform", SHAPES)
def test_plans_without_data_are_those_of_fit(transform, rng):
    shape = SHAPES[transform]
    X = rng.standard_normal((2, *np.atleast_1d(shape)))
    scattering = transform(J=1)
    plan = scattering.plan(shape)
    np.testing.assert_array_equal(scatter(X, plan).reshape(2, -1), scattering.fit_transform(X))
    assert repr(plan) == repr(scattering.plan_)


REFUSED = [
    (transform, name, value)
    for transform in SHAPES
    for name in sorted(transform._parameter_constraints)
    if name not in ("renormalize", "shape", "channel_axis", "n_jobs", "verbose", "separable", "complex_input")
    for value in (-1, 2.5, "zero", True, np.inf)
    # Averaging scales and the like are real numbers.
    if not (value == 2.5 and name in ("T", "F", "slant", "sigma_0", "sampling_rate"))
]


@pytest.mark.parametrize(("transform", "name", "value"), REFUSED)
def test_plans_refuse_undocumented_parameters(transform, name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter of {transform.__name__} must be|^{name}="):
        transform(**{name: value}).plan(SHAPES[transform])


@pytest.mark.parametrize("transform", [TimeFrequencyScattering, SpiralScattering, RotoTranslationScattering2D])
def test_joint_plans_refuse_to_keep_the_moduli(transform):
    with pytest.raises(ValueError, match=r"'average' parameter of .* must be a str among"):
        transform(average=None).plan(SHAPES[transform])


@pytest.mark.parametrize(
    ("transform", "shape", "message"),
    [
        (Scattering1D, (8, 8), r"shape=\(8, 8\): expected 1 whole number of at least 1"),
        (Scattering1D, 0, "shape=0: expected 1 whole number of at least 1"),
        (Scattering2D, 8, "shape=8: expected 2 whole numbers of at least 1"),
        (Scattering2D, (8, 8, 8), r"shape=\(8, 8, 8\): expected 2 whole numbers"),
        (RotoTranslationScattering2D, (8, 0), r"shape=\(8, 0\): expected 2 whole numbers"),
        (HarmonicScattering3D, (8, 8), r"shape=\(8, 8\): expected 3 whole numbers"),
    ],
)
def test_plans_refuse_other_numbers_of_axes(transform, shape, message):
    with pytest.raises(ValueError, match=message):
        transform().plan(shape)


BANKS = {
    morlet_bank_1d: (64,),
    battle_lemarie_bank_1d: (64,),
    spin_bank_1d: (64,),
    morlet_bank_2d: ((16, 16),),
    solid_harmonic_bank: ((8, 8, 8),),
}


@pytest.mark.parametrize("bank", BANKS)
def test_banks_refuse_undocumented_arguments(bank):
    with pytest.raises(ValueError, match="normalize='Tight': expected one of 'tight', 'l1'"):
        bank(*BANKS[bank], 1, normalize="Tight")
    with pytest.raises(ValueError, match=r"J=1\.5: expected a whole number"):
        bank(*BANKS[bank], 1.5)
    scale = "F" if bank is spin_bank_1d else "T"
    with pytest.raises(ValueError, match=f"{scale}=-1: expected a positive number"):
        bank(*BANKS[bank], 1, **{scale: -1})


# A scale that is too long, the default one (the largest power of two of which eight fit into the signal, or three into
# an image or volume), and the parameter that averages over all. Log-frequency axes have 28 and 16 bins.
TOO_LONG = [
    (Scattering1D(T=256), np.zeros((2, 3, 50)), 4, "average"),
    (TimeFrequencyScattering(T=256), np.zeros((2, 50)), 4, "average"),
    (SpiralScattering(T=256), np.zeros((2, 50)), 4, "average"),
    (TimeFrequencyScattering(J=4, Q=8, F=99), np.zeros((2, 512)), 2, "average_frequency"),
    (SpiralScattering(J=4, Q=8, F=99), np.zeros((2, 512)), 2, "average_frequency"),
    (Scattering2D(T=40), np.zeros((2, 28, 28)), 8, "average"),
    (RotoTranslationScattering2D(T=40), np.zeros((2, 28, 28)), 8, "average"),
    (HarmonicScattering3D(T=13, average="local"), np.zeros((2, 12, 12, 12)), 4, "average"),
]


@pytest.mark.parametrize(("estimator", "X", "scale", "average"), TOO_LONG)
def test_advice_about_scales_beyond_the_signal_is_accepted(estimator, X, scale, average):
    name = "T" if average == "average" else "F"
    advice = f'Choose a smaller {name}, such as {scale}; {average}="global" with {name}=None averages over all of it'
    with pytest.raises(ValueError, match=advice):
        estimator.fit(X)
    for remedy in ({name: scale}, {name: None, average: "global"}):
        clone(estimator).set_params(**remedy).fit(X)


LONG = {
    "line": (lambda: Scattering1D(J=6).plan(20), "J=6: .* the signal, which has 20 samples and is padded."),
    "plane": (lambda: Scattering2D(J=4).plan((9, 30)), r"J=4: .* the image, which has shape \(9, 30\) and is padded."),
    "wrap": (lambda: Scattering1D(J=6, padding="wrap").plan(20), "the signal, which has 20 samples.$"),
    "bins": (
        lambda: TimeFrequencyScattering(J=3, Q=2, J_fr=5).plan(64),
        r"J_fr=5: the scale 2\*\*J_fr is longer .* bins",
    ),
    "octaves": (
        lambda: SpiralScattering(J=3, Q=2, J_oct=4).plan(64),
        r"J_oct=4: .* longer than the spiral, which has .* turns",
    ),
    "cube": (lambda: HarmonicScattering3D(J=4, L=0).plan((8, 8, 8)), "J=4: the coarsest wavelets are wider than the"),
    "estimator": (lambda: Scattering1D(J=6).fit(np.zeros((2, 20))), "J=6: the scale"),
    "fit_transform": (lambda: Scattering1D(J=6).fit_transform(np.zeros((2, 20))), "J=6: the scale"),
}


@pytest.mark.parametrize(("run", "message"), LONG.values(), ids=LONG)
def test_scale_beyond_the_signal_raises_a_warning_at_the_call_of_the_package(run, message):
    with pytest.warns(UserWarning, match=message) as record:
        run()
    assert record[0].filename == __file__


def test_scale_beyond_the_signal_gives_finite_features(rng):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        S = Scattering1D(J=6).fit_transform(rng.standard_normal((2, 20)))
    assert np.isfinite(S).all()
    assert (S[:, 1:] >= -1e-6).all()
