"""Kernel ridge regression, one class versus the others, on several representations.

A representation has shape (n_parts, n, n_components). It has one part, or two: the even and the odd components of
images with respect to mirroring.
"""

import numpy as np
from _report import percent
from scipy.linalg import cho_factor, cho_solve

# Number of samples of which the kernel is computed at a time.
BLOCK = 500


def tested(Z, y, Z_test, y_test, grid, n_held_out):
    """Test accuracy in percent, with parameters chosen on held-out training samples.

    Parameters
    ----------
    Z, Z_test : list of ndarray of shape (n_parts, n, n_components)
        Representations.
    y, y_test : ndarray of int of shape (n,)
        Classes.
    grid : dict of str to tuple of float
        Values of ``power``, ``gamma`` and ``penalty``.
    n_held_out : int
        Number of training samples held out. Up to twice as many others are learned from, to choose the parameters.
    """
    held_out, chosen = choose(Z, y, grid, n_held_out)
    print("chosen:", held_out, chosen, flush=True)
    Z, Z_test = powered(Z, Z_test, chosen["power"])
    K, K_test = (gaussian_kernel(z, Z, chosen["gamma"]) for z in (Z, Z_test))
    accuracy = percent(int(np.sum(predict(K, K_test, y, chosen["penalty"]) == y_test)), len(y_test))
    return {"value": accuracy, "held_out": held_out, **chosen}


def choose(Z, y, grid, n_held_out):
    """Best accuracy on held-out training samples, in percent, and its parameters."""
    n = min(2 * n_held_out, 2 * len(y) // 3)
    train, test = slice(n), slice(n, n + n_held_out)
    choices = []
    for power in grid["power"]:
        scaled, held_out = powered([z[:, train] for z in Z], [z[:, test] for z in Z], power)
        for gamma in grid["gamma"]:
            K, K_test = (gaussian_kernel(z, scaled, gamma) for z in (scaled, held_out))
            for penalty in grid["penalty"]:
                right = predict(K.copy(), K_test, y[train], penalty) == y[test]
                choices.append((float(100 * right.mean()), {"power": power, "gamma": gamma, "penalty": penalty}))
    held_out, chosen = max(choices, key=lambda choice: choice[0])
    return round(held_out, 2), chosen


def powered(Z, Z_test, power):
    """Concatenate representations, with components divided by a power of their standard deviation.

    All representations have the same weight. The mean squared distance between two training samples is one.
    """
    joined, joined_test = [], []
    for z, z_test in zip(Z, Z_test, strict=True):
        deviation = z.std(axis=1, keepdims=True)
        scale = deviation**-power
        scale /= np.sqrt(2 * len(Z)) * np.linalg.norm(scale * deviation)
        joined.append(z * scale)
        joined_test.append(z_test * scale)
    return np.concatenate(joined, axis=2), np.concatenate(joined_test, axis=2)


def predict(K, K_test, y, penalty):
    """Predict classes by one-versus-rest kernel ridge regression; K is overwritten."""
    K.flat[:: len(K) + 1] += penalty
    targets = np.eye(y.max() + 1, dtype=np.float32)[y]
    # K is symmetric, and its transpose has the memory order of LAPACK.
    factor = cho_factor(K.T, overwrite_a=True, check_finite=False)
    return np.argmax(K_test @ cho_solve(factor, targets - targets.mean(axis=0), check_finite=False), axis=1)


def gaussian_kernel(Z, Z_train, gamma):
    """Gaussian kernel; with two parts, its mean over training images and their mirror images.

    That mean is invariant if both its arguments are mirrored, so that training with it is equivalent to training on
    all images and their mirror images, which differ in the sign of the odd components.
    """
    norms, train_norms = (np.sum(z**2, axis=(0, 2)) for z in (Z, Z_train))
    K = np.empty((len(norms), len(train_norms)), np.float32)
    # Blocks of rows, so that the kernel is the only matrix of its size in memory.
    for i in range(0, len(K), BLOCK):
        rows = slice(i, i + BLOCK)
        even, *odd = (2 * z[rows] @ z_train.T for z, z_train in zip(Z, Z_train, strict=True))
        even -= norms[rows, np.newaxis] + train_norms
        signs = (1, -1) if odd else (0,)
        K[rows] = sum(np.exp(gamma * (even + sign * sum(odd))) for sign in signs) / len(signs)
    return K
