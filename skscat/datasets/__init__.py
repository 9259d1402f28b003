"""Data for examples, tests and benchmarks: embedded samples, and complete sets from a file or the network."""

from skscat.datasets._digits import fetch_mnist, load_digits_sample
from skscat.datasets._images import load_sample_images

__all__ = ["fetch_mnist", "load_digits_sample", "load_sample_images"]
