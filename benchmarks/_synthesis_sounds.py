"""Synthesis of sounds with given moments; reconstruction of speech from its scattering coefficients."""

import time

import matplotlib.pyplot as plt
import numpy as np
from _report import SEED, report_table, texts
from _synthesis_common import kurtosis, save
from scipy.io import wavfile
from scipy.signal import resample_poly
from sklearn.base import clone

from skscat import Scattering1D, SpiralScattering, TimeFrequencyScattering
from skscat.datasets import load_spoken_digits_sample, make_shepard_risset
from skscat.datasets._files import read_arrays, require
from skscat.moments import ScatteringSpectra
from skscat.synthesis import GaussianTexture, MicrocanonicalModel, reconstruct, wavelet_transform

RATE, LENGTH = 8000, 8192
CLIPS_ORIGIN = (
    "create it from the example recordings of librosa, https://librosa.org/doc/latest/recordings.html, as arrays "
    "trumpet, robin, humpback and libri1, int16, 22,050 samples per second."
)
CLIPS_RATE = 22050
# Start of each clip, in seconds, after the initial silence.
CLIPS = {
    "speech": ("libri1", 2.0),
    "robin": ("robin", 0.3),
    "trumpet": ("trumpet", 0.5),
    "humpback": ("humpback", 2.0),
}
J, Q = 9, 8
MAX_ITER, MAX_ITER_JOINT = 300, 60
INVERSION_LENGTH, INVERSION_ITER = 8192, 1000
COLUMNS = (
    "sound",
    "model",
    "number of moments",
    "relative loss",
    "first-order error (%)",
    "second-order error (%)",
    "time-frequency error (%)",
    "rising : falling",
    "kurtosis",
    "CPU time (s)",
)


def sounds(args):
    """Sounds, their Gaussian surrogates, and sounds with the same moments."""
    start = time.perf_counter()
    length, steps = (2048, (10, 3)) if args.quick else (LENGTH, (MAX_ITER, MAX_ITER_JOINT))
    rows = []
    for name, x in recordings(args).items():
        drawn, measured = compare(x[:length], *steps)
        rows += [[name, *row] for row in measured]
        for row in rows[-len(measured) :]:
            print(*texts(row), flush=True)
        draw(drawn, f"{name.replace(' ', '_')}.png", args)
        for label, y in drawn.items():
            write_sound(args.output / f"{name}_{label}.wav".replace(" ", "_"), y)
    task = f"Synthesis of sounds: {length:,} samples at {RATE:,} Hz, J={J}, Q={Q}"
    report_table("synthesis_sounds", task=task, columns=COLUMNS, rows=rows, start=start, args=args)


def recordings(args):
    """Standardized clips of speech, birds, whales and music, spoken digits and a glissando."""
    glissando = make_shepard_risset(rate=2.0, duration=LENGTH / RATE, sampling_rate=RATE, f0=300.0, center=300.0)
    if args.quick:
        return {"glissando": standardized(glissando)}
    found = {}
    for name, (key, begin) in CLIPS.items():
        found[name] = resample_poly(clip(key, args), RATE, CLIPS_RATE)[int(begin * RATE) :][:LENGTH]
    found["spoken digits"] = load_spoken_digits_sample(length=LENGTH // 4).data[:4].ravel().astype(float)
    found["glissando"] = glissando
    return {name: standardized(x) for name, x in found.items()}


def clip(key, args):
    """Samples of a recording, at CLIPS_RATE."""
    path = require("librosa_clips.npz", args.data_home, CLIPS_ORIGIN)
    return read_arrays(path, [key])[key].astype(float)


def standardized(x):
    """Zero mean and unit variance."""
    return (x - x.mean()) / x.std()


def compare(x, max_iter, max_iter_joint):
    """Sample from all models; return the sounds and their measurements."""
    X = x[np.newaxis]
    joint = {"J": J, "Q": Q, "average": "global", "average_frequency": "global"}
    scattering = Scattering1D(J=J, Q=Q, average="global")
    models = {
        "first order": (Scattering1D(J=J, Q=Q, max_order=1, average="global"), max_iter),
        "first and second order": (scattering, max_iter),
        "scattering spectra": (ScatteringSpectra(Scattering1D(J=J, Q=1, padding="wrap")), max_iter),
        # Joint moments are invariant to pitch; those of time scattering depend on it.
        "with time-frequency": ([scattering, TimeFrequencyScattering(**joint)], max_iter_joint),
        "with spiral": ([scattering, SpiralScattering(**joint)], max_iter_joint),
    }
    time_moments, joint_moments = clone(scattering).fit(X), TimeFrequencyScattering(**joint).fit(X)
    references = (time_moments, time_moments.transform(X)), (joint_moments, joint_moments.transform(X))

    def measured(y):
        (first_order, second_order), (time_frequency,) = (
            errors(scattering, S, y, orders)
            for (scattering, S), orders in zip(references, ((1, 2), (2,)), strict=True)
        )
        return [100 * first_order, 100 * second_order, 100 * time_frequency, spin_ratio(joint_moments, y), sparsity(y)]

    drawn = {"original": x, "Gaussian surrogate": GaussianTexture(ndim=1).fit(X).sample(random_state=SEED)[0]}
    rows = [[label, "", "", *measured(y), ""] for label, y in drawn.items()]
    for label, (representation, steps) in models.items():
        before = time.process_time()
        model = MicrocanonicalModel(representation, max_iter=steps).fit(X)
        drawn[label] = model.sample(random_state=SEED)[0]
        fall = model.loss_curve_[-1] / model.loss_curve_[0]
        seconds = round(time.process_time() - before)
        rows.append([label, model.n_coefficients_, fall, *measured(drawn[label]), seconds])
    return drawn, rows


def errors(scattering, S, y, orders):
    """Relative error of the coefficients of each order."""
    found, given = (a.reshape(scattering.output_shape_) for a in (scattering.transform(y[np.newaxis]), S))
    order = scattering.paths_["order"]
    return [relative_error(found[order == m], given[order == m]) for m in orders]


def spin_ratio(scattering, y):
    """Ratio of the energy of rising joint coefficients to that of falling ones."""
    S = scattering.transform(y[np.newaxis]).reshape(scattering.output_shape_)
    spin = scattering.paths_["spin"]
    return np.sum(S[spin == 1] ** 2) / np.sum(S[spin == -1] ** 2)


def sparsity(y):
    """Kurtosis of wavelet coefficients, averaged over octaves."""
    bank = Scattering1D(J=6, Q=1, padding="wrap").fit(y[np.newaxis]).plan_.banks[0]
    return kurtosis(wavelet_transform(y, bank)[1])


def draw(drawn, name, args, rate=RATE):
    """Draw scalograms side by side."""
    scalogram = Scattering1D(J=6, Q=12, max_order=1, average=None, sampling_rate=rate)
    U = scalogram.fit_transform(np.array(list(drawn.values()))).reshape(len(drawn), *scalogram.output_shape_)[:, 1:]
    n = U.shape[2]
    fig, axes = plt.subplots(1, len(drawn), figsize=(2.5 * len(drawn), 3), layout="constrained", sharey=True)
    for ax, u, label in zip(axes, U, drawn, strict=True):
        ax.pcolormesh(
            np.arange(0, n, 16) / rate, scalogram.paths_["xi1"][1:], np.log(1e-2 + u[:, ::16]),
            vmin=np.log(1e-2), vmax=np.log(U[0].max()), cmap="magma", shading="nearest", rasterized=True,
        )  # fmt: skip
        ax.set(yscale="log", xlabel="time (s)", ylim=(80, rate / 2))
        ax.set_title(label, fontsize=9)
    axes[0].set_ylabel("frequency (Hz)")
    save(fig, args.output, name)


def write_sound(path, y, rate=RATE):
    """Write 16-bit samples with a peak of 0.9."""
    wavfile.write(path, rate, np.round(0.9 * 32767 * y / np.abs(y).max()).astype(np.int16))


def inversion(args):
    """Reconstruction of speech from its local scattering coefficients."""
    start = time.perf_counter()
    length, steps = (1024, 10) if args.quick else (INVERSION_LENGTH, INVERSION_ITER)
    key, begin = CLIPS["speech"]
    X = standardized(clip(key, args)[int(begin * CLIPS_RATE) :][:length])[np.newaxis]
    scalogram = Scattering1D(J=6, Q=8, max_order=1, average=None).fit(X)
    columns = ("T", "Q", "coefficients per sample", "scattering error (%)", "scalogram error (%)", "CPU time (s)")
    rows = []
    for T in (4, 16, 64):
        for Q in (1, 8):
            before = time.process_time()
            scattering = Scattering1D(J=int(np.log2(T)), Q=Q, T=T).fit(X)
            S = scattering.transform(X)
            Y = reconstruct(S, scattering, max_iter=steps, random_state=SEED)
            # The moduli follow the signal itself.
            U, V = (scalogram.transform(x)[:, length:] for x in (X, Y))
            error, moduli_error = relative_error(scattering.transform(Y), S), relative_error(V, U)
            seconds = round(time.process_time() - before)
            rows.append([T, Q, S.shape[1] / length, 100 * error, 100 * moduli_error, seconds])
    task = f"Reconstruction of speech: {length:,} samples at {CLIPS_RATE:,} Hz, {steps} iterations"
    report_table("synthesis_inversion", task=task, columns=columns, rows=rows, start=start, args=args)


def relative_error(found, given):
    """Relative l2 error."""
    return np.linalg.norm(found - given) / np.linalg.norm(given)
