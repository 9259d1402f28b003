"""The amplitude of 1-D coefficients of Kymatio 0.3.0, as released and corrected.

``python benchmarks/peer_amplitude.py`` compares its coefficients with those of its own filters if every convolution is
computed at full resolution: relative l2 errors by order, and the smallest factor by which the norm of a path differs.
"""

import argparse

import numpy as np
from _speed_peer import corrected, pad_as_peer, peer

from skscat.datasets import load_spoken_digits_sample

J, Q = 6, 8


def full_resolution(transform, x):
    """Return the coefficients and orders of a transform of Kymatio without subsampling of the moduli."""
    phi = transform.phi_f["levels"][0]
    start, end = transform.ind_start[transform.log2_T], transform.ind_end[transform.log2_T]

    def average(u):
        return np.fft.ifft(np.fft.fft(u) * phi).real[:: 2**J][start:end]

    padded = pad_as_peer(x[np.newaxis], transform, 1)[0]
    coefficients, second = [average(padded)], []
    for psi1 in transform.psi1_f:
        u1 = np.abs(np.fft.ifft(np.fft.fft(padded) * psi1["levels"][0]))
        coefficients.append(average(u1))
        for psi2 in transform.psi2_f:
            if psi2["j"] > psi1["j"]:
                second.append(average(np.abs(np.fft.ifft(np.fft.fft(u1) * psi2["levels"][0]))))
    return np.array(coefficients + second)


def describe(s, reference, order):
    """Return relative errors of both orders, and the smallest ratio of the norms of a path."""
    texts = []
    for k in (1, 2):
        a, b = s[order == k], reference[order == k]
        error = np.linalg.norm(a - b) / np.linalg.norm(b)
        ratio = (np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).min()
        texts.append(f"order {k}: error {error:7.2%}, smallest ratio 1/{1 / ratio:.0f}")
    return "; ".join(texts)


def main():
    """Print the errors for white noise and for a spoken digit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--length", type=int, default=8192, help="number of samples of white noise")
    args = parser.parse_args()
    signals = {
        "white noise": np.random.default_rng(0).standard_normal(args.length),
        "a spoken digit": load_spoken_digits_sample(return_X_y=True)[0][0].astype(np.float64),
    }
    for name, x in signals.items():
        transform = peer(1, "numpy", J, (len(x),), Q, as_released=True)
        # The order of paths is that of the table: by first, then by second wavelet.
        order, reference = transform.meta()["order"], full_resolution(transform, x)
        print(f"{name}, J={J}, Q={Q}")
        print("  as released:", describe(transform.scattering(x), reference, order))
        print("  corrected:  ", describe(corrected(transform).scattering(x), reference, order))


if __name__ == "__main__":
    main()
