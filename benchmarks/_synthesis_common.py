"""What images and sounds have in common."""

import matplotlib.pyplot as plt
import numpy as np


def kurtosis(w):
    """Fourth moment of wavelet coefficients over the square of the second, mean over wavelets: 2 if Gaussian."""
    energy = np.abs(w) ** 2
    places = tuple(range(1, w.ndim))
    return np.mean(np.mean(energy**2, axis=places) / np.mean(energy, axis=places) ** 2)


def save(fig, folder, name):
    """Write a figure, and forget it."""
    folder.mkdir(parents=True, exist_ok=True)
    fig.savefig(folder / name, dpi=120)
    plt.close(fig)
