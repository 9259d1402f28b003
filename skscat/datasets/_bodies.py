"""Systems of bodies with known energies."""

import numpy as np
from sklearn.utils import check_random_state

from skscat._checks import check_choice, check_counts, check_values, is_nonnegative, is_positive

INTERACTIONS = {"coulomb": 1.0, "gravity": -1.0}
SIGNS = ("same", "mixed")
# Range of the magnitudes of charges and masses.
CHARGES = (0.5, 1.5)
# Number of positions tried for each body.
MAX_TRIES = 10_000


def make_nbody(
    n_samples: int = 100,
    n_bodies: int = 16,
    *,
    dim: int = 3,
    box: float = 16.0,
    min_distance: float = 0.25,
    interaction: str = "coulomb",
    signs: str = "same",
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Generate systems of point charges or masses, with their potential energies.

    .. math:: U = \pm \sum_{k < l} \frac{z_k z_l}{|r_k - r_l|}

    where the sign is plus for charges and minus for masses. Positions are uniform in a box, subject to a minimum
    distance between bodies; magnitudes of charges and masses are uniform between 0.5 and 1.5.

    Parameters
    ----------
    n_samples : int, default=100
        Number of systems.
    n_bodies : int, default=16
        Number of bodies per system.
    dim : int, default=3
        Number of spatial dimensions.
    box : float, default=16.0
        Side length of the box.
    min_distance : float, default=0.25
        Minimum distance between the bodies of a system.
    interaction : {"coulomb", "gravity"}, default="coulomb"
        Type of interaction: charges of the same sign repel each other ("coulomb"), masses attract each other
        ("gravity").
    signs : {"same", "mixed"}, default="same"
        Signs of the charges: all positive ("same"), or positive and negative with equal probability ("mixed").
        Masses are always positive.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the systems. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    X : ndarray of shape (n_samples, n_bodies, 1 + dim)
        Charge (or mass) and position of each body.
    y : ndarray of shape (n_samples,)
        Energy of each system.

    Raises
    ------
    ValueError
        If a parameter is invalid, or the bodies do not fit in the box.

    See Also
    --------
    skscat.physics.NBodyInvariants : Features in which the energies are linear.

    Examples
    --------
    >>> from skscat.datasets import make_nbody
    >>> X, y = make_nbody(10, n_bodies=4, signs="mixed", random_state=0)
    >>> X.shape, y.shape
    ((10, 4, 4), (10,))
    """
    check_counts(n_samples=n_samples, n_bodies=n_bodies, dim=dim)
    check_values("a positive number", is_positive, box=box)
    check_values("a number of at least 0", is_nonnegative, min_distance=min_distance)
    check_choice("interaction", interaction, tuple(INTERACTIONS))
    check_choice("signs", signs, SIGNS)
    if interaction == "gravity" and signs == "mixed":
        raise ValueError("signs='mixed': masses are positive; expected signs='same' for interaction='gravity'.")
    rng = check_random_state(random_state)
    X = np.empty((n_samples, n_bodies, 1 + dim))
    for system in X:
        system[:, 0] = rng.uniform(*CHARGES, size=n_bodies)
        if signs == "mixed":
            system[:, 0] *= rng.choice([-1, 1], size=n_bodies)
        _place(system[:, 1:], box, min_distance, rng)
    distances = np.linalg.norm(X[:, :, np.newaxis, 1:] - X[:, np.newaxis, :, 1:], axis=3)
    k, m = np.triu_indices(n_bodies, 1)
    return X, INTERACTIONS[interaction] * np.sum(X[:, k, 0] * X[:, m, 0] / distances[:, k, m], axis=1)


def _place(positions, box, min_distance, rng):
    for i in range(len(positions)):
        for _ in range(MAX_TRIES):
            position = rng.uniform(0, box, size=positions.shape[1])
            # The energy is not defined at distance zero.
            nearest = np.linalg.norm(positions[:i] - position, axis=1).min(initial=np.inf)
            if nearest >= min_distance and nearest > 0:
                positions[i] = position
                break
        else:
            raise ValueError(
                f"n_bodies={len(positions)}: too many to fit in a box of side {box} with min_distance={min_distance}."
            )
