"""Synthesis of images with the moments of textures, compared with Gaussian surrogates."""

import time

import matplotlib.pyplot as plt
import numpy as np
from _report import SEED, report_table, texts
from _synthesis_common import kurtosis, save
from sklearn.utils import gen_batches

from skscat import Scattering2D
from skscat.datasets import fetch_sipi_brodatz, load_images_sample
from skscat.datasets._files import read_arrays, require
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.synthesis import GaussianTexture, MicrocanonicalModel, wavelet_transform

SIDE, J, L = 128, 4, 6
MAX_ITER = 300
RADAR_ORIGIN = (
    "create it from the radar composites at https://en.ilmatieteenlaitos.fi/open-data, as an array frames of shape "
    "(80, 512, 512), uint8."
)
# One frame with a front, one with convection.
RADAR_FRAMES = {"radar, front": 0, "radar, showers": 40}
# Sparsity is compared at the scales 2^0, 2^1 and 2^2, for which an image of this size has many samples.
SCALES = (0, 1, 2)
ROWS_PER_FIGURE = 6
COLUMNS = (
    "texture",
    "relative loss",
    "largest error (%)",
    "second-order error of surrogate (%)",
    "kurtosis: original",
    "surrogate",
    "first order",
    "first and second order",
    "with powers 1, 2, 3",
    "scattering spectra",
    "correlation of two samples",
    "variation between quarters: original (%)",
    "sample (%)",
    "CPU time (s)",
)


def images(args):
    """Textures, their Gaussian surrogates, and images with the same moments."""
    start = time.perf_counter()
    side, max_iter = (64, 30) if args.quick else (SIDE, MAX_ITER)
    rows, drawn = [], {}
    for name, image in textures(args).items():
        image = image[:side, :side]
        before = time.process_time()
        drawn[name], row = compare(image, max_iter)
        rows.append([name, *row, round(time.process_time() - before)])
        print(*texts(rows[-1]), flush=True)
        draw({name: drawn[name]}, f"{name.replace(', ', '_').replace(' ', '_')}.png", args)
    for number, rows_drawn in enumerate(gen_batches(len(drawn), ROWS_PER_FIGURE), start=1):
        draw(dict(list(drawn.items())[rows_drawn]), f"textures_{number}.png", args)
    size = f"{side} x {side} pixels, J={J}, L={L}, at most {max_iter} iterations"
    report_table(
        "synthesis_images", task=f"Synthesis of textures, {size}", columns=COLUMNS, rows=rows,
        start=start, args=args,
    )  # fmt: skip


def textures(args):
    """Images of the package, Brodatz textures and weather radar."""
    sample = load_images_sample()
    found = {name: sample.images[sample.names.index(name)] for name in ("brick", "grass", "gravel")}
    if args.quick:
        return {"gravel": found["gravel"]}
    brodatz = fetch_sipi_brodatz(data_home=args.data_home)
    for name, image in zip(brodatz.target_names, brodatz.images, strict=True):
        found[f"Brodatz, {name.replace('_', ' ')}"] = reduced(image)
    path = require("fmi_radar_512.npz", args.data_home, RADAR_ORIGIN)
    frames = read_arrays(path, ["frames"])["frames"] / 255
    return found | {name: reduced(frames[n]) for name, n in RADAR_FRAMES.items()}


def reduced(image):
    """Crop the center of an image, twice as large as the sample, and downsample it by averages of 2 x 2 pixels."""
    middle = slice(len(image) // 2 - SIDE, len(image) // 2 + SIDE)
    return image[middle, middle].reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3))


def moments(max_order, powers):
    """Scattering moments of periodic images."""
    return ScatteringMoments(Scattering2D(J=J, L=L, max_order=max_order, padding="wrap"), powers=powers)


def compare(image, max_iter):
    """Sample from all models; return the images and their measurements."""
    X = image[np.newaxis].astype(float)
    models = {
        "first order": moments(1, (1,)),
        "first and second order": moments(2, (1,)),
        "with powers 1, 2, 3": moments(2, (1, 2, 3)),
        "scattering spectra": ScatteringSpectra(Scattering2D(J=J, L=4, padding="wrap")),
    }
    drawn = {"original": X[0], "Gaussian surrogate": GaussianTexture().fit(X).sample(random_state=SEED)[0]}
    for name, representation in models.items():
        model = MicrocanonicalModel(representation, max_iter=max_iter).fit(X)
        if name == "with powers 1, 2, 3":
            best, (drawn[name], other) = model, model.sample(2, random_state=SEED)
        else:
            drawn[name] = model.sample(random_state=SEED)[0]
    n_powers = 3
    errors = best.relative_errors(np.stack([drawn["with powers 1, 2, 3"], drawn["Gaussian surrogate"]]))
    sample = drawn["with powers 1, 2, 3"]
    row = [
        best.loss_curve_[-1] / best.loss_curve_[0],
        100 * errors[0].max(),
        # The first power of the second order.
        100 * errors[1, 2 * n_powers],
        *(sparsity(x) for x in drawn.values()),
        abs(np.corrcoef(sample.ravel(), other.ravel())[0, 1]),
        100 * spread(X[0]),
        100 * spread(sample),
    ]
    return drawn, row


def sparsity(image):
    """Kurtosis of wavelet coefficients, averaged over SCALES."""
    bank = Scattering2D(J=J, L=L, padding="wrap").fit(image[np.newaxis]).plan_.banks[0]
    _, w = wavelet_transform(image, bank)
    return kurtosis(w[np.isin(bank.table["j"], SCALES)])


def spread(image):
    """Relative variation of the scattering coefficients between the quarters of an image."""
    side = len(image) // 2
    quarters = np.array([image[y : y + side, x : x + side] for y in (0, side) for x in (0, side)])
    S = Scattering2D(J=3, average="global").fit_transform(quarters)[:, 1:]
    return np.linalg.norm(S - S.mean(axis=0)) / np.linalg.norm(S)


def draw(drawn, name, args):
    """Draw one row per texture."""
    n_columns = len(next(iter(drawn.values())))
    fig, axes = plt.subplots(
        len(drawn), n_columns, figsize=(2.2 * n_columns, 2.3 * len(drawn)), layout="constrained", squeeze=False
    )
    for row, (texture, images_drawn) in zip(axes, drawn.items(), strict=True):
        original = images_drawn["original"]
        for ax, (label, image) in zip(row, images_drawn.items(), strict=True):
            ax.imshow(image, cmap="gray", vmin=original.min(), vmax=original.max())
            ax.set(xticks=[], yticks=[])
            if row[0] is axes[0, 0]:
                ax.set_title(label, fontsize=9)
        row[0].set_ylabel(texture, fontsize=9)
    save(fig, args.output, name)
