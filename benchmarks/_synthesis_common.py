"""Functions shared by the synthesis of images and sounds."""

import matplotlib.pyplot as plt
import numpy as np


def kurtosis(w):
    """Kurtosis of complex wavelet coefficients, averaged over wavelets: 2 for Gaussian signals."""
    energy = np.abs(w) ** 2
    axes = tuple(range(1, w.ndim))
    return np.mean(np.mean(energy**2, axis=axes) / np.mean(energy, axis=axes) ** 2)


def save(fig, folder, name):
    """Save a figure and close it."""
    folder.mkdir(parents=True, exist_ok=True)
    fig.savefig(folder / name, dpi=120)
    plt.close(fig)
