"""Comparison with published results: one subcommand per table.

``python benchmarks/published.py mnist --n-train 5000`` runs an experiment, prints its result and the published ones,
and writes ``benchmarks/results/mnist_affine_5000.json``. Parameters are chosen by cross-validation on training data;
doc/results.rst says where a test set was used more than once. ``--quick`` runs a small version, to check that the
script works, and writes nothing.
"""

import argparse
import tempfile
from pathlib import Path

from _brodatz import brodatz
from _caltech import caltech
from _caltech_sizes import caltech_sizes
from _cifar10 import cifar10
from _digits import CLASSIFIERS, mnist
from _energies import NAMES, molecules
from _energies_3d import molecules_in_space
from _haar import SETS, haar
from _rotated_digits import mnist_rotated
from _series import ucr
from _sounds import fsdd
from _textures import kth_tips
from _uiuc import uiuc

CACHE = Path(tempfile.gettempdir()) / "skscat-benchmarks"


def main():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--quick", action="store_true", help="run a small version and write nothing")
    common.add_argument("--data-home", help="data folder, see skscat.datasets; default: SKSCAT_DATA")
    common.add_argument("--n-jobs", type=int, default=-1, help="number of parallel jobs")
    cache = argparse.ArgumentParser(add_help=False)
    cache.add_argument("--cache", default=CACHE, help="folder that caches scattering coefficients")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tables = parser.add_subparsers(required=True, metavar="table")

    table = tables.add_parser("mnist", parents=[common, cache], help=mnist.__doc__)
    table.add_argument("--n-train", type=int, default=5000, help="number of training digits")
    table.add_argument("--classifier", choices=CLASSIFIERS, default="affine", help="classifier of the coefficients")
    table.set_defaults(run=mnist)

    table = tables.add_parser("mnist-rotated", parents=[common, cache], help=mnist_rotated.__doc__)
    table.set_defaults(run=mnist_rotated)

    table = tables.add_parser("kth-tips", parents=[common, cache], help=kth_tips.__doc__)
    table.add_argument(
        "--motions", action="store_true", help="also run roto-translation scattering, which takes 15 minutes"
    )
    table.set_defaults(run=kth_tips)

    table = tables.add_parser("uiuc", parents=[common, cache], help=uiuc.__doc__)
    table.set_defaults(run=uiuc)

    table = tables.add_parser("brodatz", parents=[common, cache], help=brodatz.__doc__)
    table.set_defaults(run=brodatz)

    table = tables.add_parser("fsdd", parents=[common, cache], help=fsdd.__doc__)
    table.add_argument("--own-lengths", action="store_true", help="transform recordings at their own lengths")
    table.set_defaults(run=fsdd)

    table = tables.add_parser("ucr", parents=[common, cache], help=ucr.__doc__)
    table.set_defaults(run=ucr)

    table = tables.add_parser("cifar10", parents=[common, cache], help=cifar10.__doc__)
    table.add_argument("--n-train", type=int, default=50_000, help="number of training images")
    table.set_defaults(run=cifar10)

    table = tables.add_parser("caltech", parents=[common, cache], help=caltech.__doc__)
    table.set_defaults(run=caltech)

    table = tables.add_parser("caltech-sizes", parents=[common, cache], help=caltech_sizes.__doc__)
    table.set_defaults(run=caltech_sizes)

    table = tables.add_parser("haar", parents=[common, cache], help=haar.__doc__)
    table.add_argument("--set", choices=SETS, default="mnist", help="dataset")
    table.add_argument("--n-train", type=int, default=10_000, help="number of training images")
    table.set_defaults(run=haar)

    table = tables.add_parser("molecules", parents=[common, cache], help=molecules.__doc__)
    table.add_argument("--set", choices=("4357", "454", "3d"), default="4357", help="set of molecules")
    table.add_argument("--features", nargs="+", choices=NAMES, help="features of planar molecules; default: all")
    table.set_defaults(run=lambda args: (molecules_in_space if args.set == "3d" else molecules)(args))

    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
