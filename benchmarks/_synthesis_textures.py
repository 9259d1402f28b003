"""Synthesis of sound textures with given scattering moments, and what listeners take them for.

A listener is a classifier of short segments, trained on a part of each recording from which nothing is synthesized.
"""

import time
from itertools import pairwise

import numpy as np
from _report import SEED, report_table, texts
from _sounds import mel_weights
from _synthesis_sounds import draw, standardized, write_sound
from scipy.signal import resample_poly, stft
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skscat import Scattering1D
from skscat.datasets import fetch_sound_textures, make_poisson
from skscat.recipes import ScatteringClassifier
from skscat.synthesis import GaussianTexture, MicrocanonicalModel

# The recordings have twice this rate.
RATE = 10_000
# Samples from which a texture is synthesized; listeners learn from what follows.
LENGTH, SEGMENT = 2**15, 2**13
J, Q = 11, 8
MAX_ITER = 500
# Drawn, and written as sounds.
DRAWN = ("Applause_large", "chimney_fire", "SE2-67 Insects In A Swamp", "SE2-25 Horse Trot On Cobblestones")
# Mel spectra of windows of 26 ms, every 6.4 ms; edges of bands of modulations, in hertz.
WINDOW, HOP, N_BANDS = 256, 64, 32
MODULATIONS = (0, 4, 8, 16, 32, 79)
# Distances between bands, in bands, whose correlations are listened to.
DISTANCES = (1, 2, 4, 8)
KINDS = ("original", "synthesis", "surrogate")
COLUMNS = (
    "texture",
    "iterations",
    "largest moment error (%)",
    "largest moment error of surrogate (%)",
    *(f"{listener}: {kind} (%)" for listener in ("mel classifier", "scattering classifier") for kind in KINDS),
    "CPU time (s)",
)


def textures(args):
    """Sound textures with the same moments, and what listeners take them for."""
    start = time.perf_counter()
    length, segment, max_iter = (2048, 512, 5) if args.quick else (LENGTH, SEGMENT, MAX_ITER)
    found = recordings(args)
    listeners = trained(found, length, segment)
    rows = []
    for number, (name, x) in enumerate(found.items()):
        before = time.process_time()
        drawn, measured = synthesize(x[:length], max_iter)
        heard = [recognized(listener, number, y, segment) for listener in listeners for y in drawn.values()]
        rows.append([name, *measured, *heard, round(time.process_time() - before)])
        print(*texts(rows[-1]), flush=True)
        if name in DRAWN or args.quick:
            file = name.replace(" ", "_")
            draw(drawn, f"texture_{file}.png", args, rate=RATE)
            for kind, y in drawn.items():
                write_sound(args.output / f"texture_{file}_{kind}.wav", y, rate=RATE)
    rows.append(["mean", *(float(np.mean(column)) for column in list(zip(*rows, strict=True))[1:])])
    task = f"Synthesis of sound textures: {length:,} samples at {RATE:,} Hz, J={J}, Q={Q}; segments of {segment:,}"
    report_table("synthesis_textures", task=task, columns=COLUMNS, rows=rows, start=start, args=args)


def recordings(args):
    """Recordings at RATE, with zero mean and unit variance where textures are synthesized from them."""
    if args.quick:
        rates = {"rare events": 0.01, "frequent events": 0.2}
        return {name: standardized(make_poisson(1, 4096, rate=r, random_state=SEED)[0]) for name, r in rates.items()}
    sounds = fetch_sound_textures(data_home=args.data_home)
    resampled = [resample_poly(x.astype(float), RATE, sounds.sampling_rate) for x in sounds.data]
    scaled = [(x - x[:LENGTH].mean()) / x[:LENGTH].std() for x in resampled]
    return dict(zip(sounds.target_names, scaled, strict=True))


def synthesize(x, max_iter):
    """Return a sound, a texture with its moments and its Gaussian surrogate, and errors of the moments."""
    X = x[np.newaxis]
    model = MicrocanonicalModel(Scattering1D(J=J, Q=Q, average="global"), max_iter=max_iter).fit(X)
    texture = model.sample(random_state=SEED)
    surrogate = GaussianTexture(ndim=1).fit(X).sample(random_state=SEED)
    error, surrogate_error = 100 * model.relative_errors(np.concatenate([texture, surrogate])).max(axis=1)
    return dict(zip(KINDS, (x, texture[0], surrogate[0]), strict=True)), [
        len(model.loss_curve_) - 1,
        error,
        surrogate_error,
    ]


def trained(found, length, segment):
    """Train listeners on segments of what follows the first ``length`` samples."""
    parts = [segments(x[length:], segment, segment // 4) for x in found.values()]
    X, y = np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    mel = make_pipeline(FunctionTransformer(mel_statistics), StandardScaler(), LogisticRegression(max_iter=2000))
    return [mel.fit(X, y), ScatteringClassifier(kind="sound").fit(X, y)]


def recognized(listener, number, x, segment):
    """Share of segments, in percent, that a listener takes for the texture of the given number."""
    return 100 * float(np.mean(listener.predict(segments(x, segment, segment // 2)) == number))


def segments(x, length, hop):
    """Segments of a sound, one after each ``hop`` samples."""
    return np.lib.stride_tricks.sliding_window_view(x, length)[::hop]


def mel_statistics(X):
    """Statistics of log-mel spectra: means, deviations, correlations of bands, and energy of modulations.

    These are the statistics from which listeners recognize textures, according to McDermott and Simoncelli (2011).
    They use no wavelets.
    """
    _, _, Z = stft(X, fs=RATE, nperseg=WINDOW, noverlap=WINDOW - HOP)
    bands = np.log(1e-4 + mel_weights(N_BANDS, WINDOW, RATE) @ np.abs(Z) ** 2)
    mean, deviation = bands.mean(axis=-1), bands.std(axis=-1) + 1e-9
    z = (bands - mean[..., np.newaxis]) / deviation[..., np.newaxis]
    correlations = [np.mean(z[:, d:] * z[:, :-d], axis=-1) for d in DISTANCES]
    power = np.abs(np.fft.rfft(z * np.hanning(z.shape[-1]))) ** 2
    frequencies = np.fft.rfftfreq(z.shape[-1], HOP / RATE)
    inside = [(frequencies >= low) & (frequencies < high) for low, high in pairwise(MODULATIONS)]
    modulations = [power[..., band].sum(axis=-1) / (1e-9 + power.sum(axis=-1)) for band in inside]
    return np.concatenate([mean, np.log(deviation), *correlations, *np.log(1e-3 + np.array(modulations))], axis=1)
