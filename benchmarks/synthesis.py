"""Measurements of synthesis and inversion: one subcommand per table.

``python benchmarks/synthesis.py images`` synthesizes images with the moments of textures, their Gaussian surrogates,
and samples of simpler models, prints measures of their quality, and writes figures and
``benchmarks/results/synthesis_images.json``; ``sounds`` does the same for sounds, with ``.wav`` files; ``textures``
synthesizes sound textures, and reports what classifiers take them for; ``inversion`` reconstructs speech; ``cost``
times a loss and its gradient. ``--quick`` runs a small version, to check that the script works, and writes no results.
"""

import argparse
import tempfile
from pathlib import Path

from _synthesis_cost import cost
from _synthesis_images import images
from _synthesis_sounds import inversion, sounds
from _synthesis_textures import textures

OUTPUT = Path(tempfile.gettempdir()) / "skscat-synthesis"


def main():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--quick", action="store_true", help="run a small version and write no results")
    common.add_argument("--data-home", help="data folder, see skscat.datasets; default: SKSCAT_DATA")
    common.add_argument("--output", type=Path, default=OUTPUT, help="output folder of figures and sounds")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tables = parser.add_subparsers(required=True, metavar="table")
    for run in (images, sounds, textures, inversion, cost):
        table = tables.add_parser(run.__name__, parents=[common], help=run.__doc__)
        table.set_defaults(run=run)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
