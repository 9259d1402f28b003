"""Molecules and their energies: an embedded sample, and complete datasets from files or the network."""

import os

import numpy as np
from scipy.io import loadmat
from sklearn.utils import Bunch

from skscat._checks import check_choice
from skscat.datasets._embedded import load_embedded
from skscat.datasets._files import check_download, check_hash, download, locate, named, read_arrays, require

ADDRESS = (
    "https://raw.githubusercontent.com/matthew-hirn/ScatNet-QM-2D/dbc48f4ee305eb8b358365eba1be466651dd401b/"
    "scat_qm/data/data_sets/"
)
# Datasets of planar molecules: file name, checksum of the file, and numbers of molecules and of atoms.
PLANAR = {
    "4357": ("qm_2d.mat", "f67112f24047b7c0adf864b5c217950bce56bd1ce47f75fc50dd81e44ada35cb", (4357, 19)),
    "454": ("qm7_2d.mat", "fb0fdfc5c087296fe9c84aed7f83664d803a63398d888bb4c50bcfee196c5cda", (454, 23)),
}
# Bohr radius used by the published code, in Angstrom.
BOHR = 0.529177

PLANAR_DESCR = """\
Planar molecules and their energies
===================================

{what}

:Molecules: {n:,}, with up to {n_atoms} atoms
:Positions: in the plane of the molecule, in Angstrom
:Energies: atomization energies in kcal/mol, computed by density functional theory (PBE0)
:Folds: the five folds of the publication
:Origin: https://github.com/matthew-hirn/ScatNet-QM-2D
:License: Apache License 2.0, Copyright 2016 Matthew J. Hirn

M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale Model.
Simul. 15 (2017), 827-863.
"""
WHAT = {
    "4357": "Planar organic molecules of hydrogen, carbon, nitrogen, oxygen, sulfur and chlorine.",
    "454": "The nearly planar molecules of QM7, projected onto a plane. Some atoms overlap in this projection.",
}

QM7_FILE = "qm7_qml.npz"
QM7_SHAPE = (7101, 23, 3)
QM7_LARGEST = 8 * 7101 * (4 * 23 + 2)
QM7_ORIGIN = (
    "make it from the molecules of https://github.com/qmlcode/qml, with arrays positions (n x 23 x 3, in Angstrom), "
    "charges (n x 23, zero where there is no atom), energies and energies_dftb (in kcal/mol)."
)
QM7_DESCR = """\
QM7: small organic molecules in 3D, and their energies
======================================================

Molecules of hydrogen, carbon, nitrogen, oxygen and sulfur, with up to seven atoms other than hydrogen.

:Molecules: 7,101 (7,165 in the original), with up to 23 atoms
:Positions: in Angstrom
:Energies: atomization energies in kcal/mol, computed by density functional theory (PBE0); they differ slightly from
    those of the original file
:Origin: https://github.com/qmlcode/qml
:License: MIT

M. Rupp, A. Tkatchenko, K.-R. Mueller and O. A. von Lilienfeld, "Fast and accurate modeling of molecular atomization
energies with machine learning", Phys. Rev. Lett. 108 (2012), 058301.
"""


def load_molecules_sample(*, return_X_y: bool = False) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load a sample of 400 planar molecules with their energies.

    The sample is embedded in the package. Its molecules were drawn at random from the 4,357 of [1]_.

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    molecules : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the attributes described in :func:`fetch_planar_molecules`. Positions are rounded
        to 0.0001 Angstrom.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    See Also
    --------
    fetch_planar_molecules : All planar molecules.

    References
    ----------
    .. [1] M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale
           Model. Simul. 15 (2017), 827-863.

    Examples
    --------
    >>> from skscat.datasets import load_molecules_sample
    >>> molecules = load_molecules_sample()
    >>> molecules.data.shape, molecules.target.shape
    ((400, 19, 3), (400,))
    """
    arrays = load_embedded("molecules_sample.npz")
    positions = arrays["positions"].astype(np.float64) / 10_000
    fold = arrays["fold"].astype(np.int64)
    descr = PLANAR_DESCR.format(
        what=f"{WHAT['4357']} A sample drawn at random.", n=len(positions), n_atoms=positions.shape[1]
    )
    return _bunch(arrays["charges"], positions, arrays["energies"], return_X_y, fold=fold, DESCR=descr)


def fetch_planar_molecules(
    *,
    subset: str = "4357",
    data_home: str | os.PathLike[str] | None = None,
    return_X_y: bool = False,
    download_if_missing: bool = True,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load planar molecules with their energies from a file, or download them if the file is missing.

    The file ``qm_2d.mat`` (or ``qm7_2d.mat``) is read from ``data_home`` or, failing that, from the folder that the
    environment variable ``SKSCAT_DATA`` names, or from a subfolder ``raw`` of either. If it is missing, the published
    file is downloaded to ``data_home``, which requires pooch.

    Parameters
    ----------
    subset : {"4357", "454"}, default="4357"
        Which molecules to load: the 4,357 planar molecules of [1]_, or the 454 nearly planar molecules of QM7,
        projected onto a plane.
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.
    download_if_missing : bool, default=True
        If False, raise an OSError if the file is missing, instead of downloading it.

    Returns
    -------
    molecules : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n, max_atoms, 3), float64
            Charge and position (in Angstrom) of each atom; a charge of zero means no atom.
        target : ndarray of shape (n,), float64
            Atomization energies, in kcal/mol.
        fold : ndarray of shape (n,), int64
            Published fold of each molecule, 0 to 4.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    ImportError
        If the file is missing and pooch is not installed.
    OSError
        If the file is missing and ``download_if_missing`` is False, or the download fails or stalls for a minute.
    ValueError
        If ``subset`` is invalid, or the file is not the published one, according to its SHA-256.

    See Also
    --------
    load_molecules_sample : Sample of 400 planar molecules, embedded in the package.
    fetch_qm7 : Molecules in 3D.

    References
    ----------
    .. [1] M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale
           Model. Simul. 15 (2017), 827-863.

    Examples
    --------
    >>> from skscat.datasets import fetch_planar_molecules
    >>> molecules = fetch_planar_molecules()  # doctest: +SKIP
    >>> molecules.data.shape  # doctest: +SKIP
    (4357, 19, 3)
    """
    check_choice("subset", subset, tuple(PLANAR))
    name, checksum, shape = PLANAR[subset]
    path = locate(name, data_home)
    if not path.is_file():
        stored = locate(f"raw/{name}", data_home)
        path = stored if stored.is_file() else _downloaded(path, checksum, download_if_missing)
    charges, positions, energies, fold = _read_planar(path, checksum)
    descr = PLANAR_DESCR.format(what=WHAT[subset], n=shape[0], n_atoms=shape[1])
    return _bunch(charges, positions, energies, return_X_y, fold=fold, DESCR=descr)


def fetch_qm7(
    *, data_home: str | os.PathLike[str] | None = None, return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load the molecules of QM7, in 3D, with their energies from a file.

    The file ``qm7_qml.npz`` is read from ``data_home`` or, failing that, from the folder that the environment variable
    ``SKSCAT_DATA`` names. It is not downloaded; see Notes.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    molecules : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (7101, 23, 4), float64
            Charge and position (in Angstrom) of each atom; a charge of zero means no atom.
        target : ndarray of shape (7101,), float64
            Atomization energies, in kcal/mol.
        dftb : ndarray of shape (7101,), float64
            Atomization energies computed by a cheaper method (DFTB), in kcal/mol.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    ValueError
        If the file ``qm7_qml.npz`` does not contain the molecules.

    See Also
    --------
    fetch_planar_molecules : Planar molecules.

    Notes
    -----
    The file contains arrays ``positions`` of shape (7101, 23, 3), ``charges`` of shape (7101, 23), ``energies`` and
    ``energies_dftb``.

    References
    ----------
    .. [1] M. Rupp, A. Tkatchenko, K.-R. Mueller and O. A. von Lilienfeld, "Fast and accurate modeling of molecular
           atomization energies with machine learning", Phys. Rev. Lett. 108 (2012), 058301.

    Examples
    --------
    >>> from skscat.datasets import fetch_qm7
    >>> molecules = fetch_qm7()  # doctest: +SKIP
    >>> molecules.data.shape  # doctest: +SKIP
    (7101, 23, 4)
    """
    path = require(QM7_FILE, data_home, QM7_ORIGIN)
    arrays = read_arrays(path, ("positions", "charges", "energies", "energies_dftb"), QM7_LARGEST)
    shapes = {key: array.shape for key, array in arrays.items()}
    if shapes["positions"] != QM7_SHAPE or shapes["charges"] != QM7_SHAPE[:2] or shapes["energies"] != QM7_SHAPE[:1]:
        raise ValueError(f"{path}: arrays have shapes {shapes}; expected positions of shape {QM7_SHAPE}.")
    return _bunch(
        arrays["charges"],
        arrays["positions"],
        arrays["energies"],
        return_X_y,
        dftb=arrays["energies_dftb"].astype(np.float64),
        DESCR=QM7_DESCR,
    )


def _bunch(charges, positions, energies, return_X_y, **fields):
    data = np.concatenate([charges[..., np.newaxis], positions], axis=2).astype(np.float64)
    target = energies.astype(np.float64)
    if return_X_y:
        return data, target
    return Bunch(data=data, target=target, **fields)


def _read_planar(path, checksum):
    """Read a published file: charges, positions in Angstrom, energies and folds."""
    with named(path, "the published file of planar molecules"):
        check_hash(path, checksum)
    arrays = loadmat(path, variable_names=("R", "Z", "T", "P"))
    fold = np.empty(len(arrays["Z"]), dtype=np.int64)
    for number, rows in enumerate(arrays["P"].ravel()):
        fold[np.asarray(rows, dtype=int).ravel() - 1] = number
    return arrays["Z"], BOHR * arrays["R"], arrays["T"].ravel(), fold


def _downloaded(path, checksum, download_if_missing):
    check_download(path, download_if_missing)
    return download(ADDRESS + path.name, path, checksum, "fetch_planar_molecules")
