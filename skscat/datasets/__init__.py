"""Datasets: embedded samples, fetchers of complete datasets, and generators of signals and point charges."""

from skscat.datasets._bodies import make_nbody
from skscat.datasets._caltech101 import fetch_caltech101
from skscat.datasets._cifar10 import fetch_cifar10
from skscat.datasets._digits import fetch_mnist, load_digits_sample
from skscat.datasets._images import load_images_sample
from skscat.datasets._molecules import fetch_planar_molecules, fetch_qm7, load_molecules_sample
from skscat.datasets._processes import make_fbm, make_levy, make_mrw, make_poisson
from skscat.datasets._series import fetch_ucr
from skscat.datasets._series_files import read_ts, read_tsv
from skscat.datasets._sound_textures import fetch_sound_textures
from skscat.datasets._sounds import make_chirps, make_pagoda, make_shepard_risset, make_source_filter
from skscat.datasets._speech import fetch_spoken_digits, load_spoken_digits_sample
from skscat.datasets._textures import fetch_kth_tips, fetch_sipi_brodatz, fetch_uiuc_textures

__all__ = [
    "fetch_caltech101",
    "fetch_cifar10",
    "fetch_kth_tips",
    "fetch_mnist",
    "fetch_planar_molecules",
    "fetch_qm7",
    "fetch_sipi_brodatz",
    "fetch_sound_textures",
    "fetch_spoken_digits",
    "fetch_ucr",
    "fetch_uiuc_textures",
    "load_digits_sample",
    "load_images_sample",
    "load_molecules_sample",
    "load_spoken_digits_sample",
    "make_chirps",
    "make_fbm",
    "make_levy",
    "make_mrw",
    "make_nbody",
    "make_pagoda",
    "make_poisson",
    "make_shepard_risset",
    "make_source_filter",
    "read_ts",
    "read_tsv",
]
