"""Synthesis and inversion, measured: one subcommand a table.

``python benchmarks/synthesis.py images`` draws images with the moments of textures, beside their Gaussian twins and
those of poorer models, prints what is restored and what is not, and writes pictures and
``benchmarks/results/synthesis_images.json``; ``sounds`` does the same for sounds, with files ``.wav``; ``inversion``
reconstructs speech; ``cost`` times a loss with its gradient. ``--quick`` runs a small version, which shows that the
script works, and writes no results.
"""

import argparse
import tempfile
from pathlib import Path

from _synthesis_cost import cost
from _synthesis_images import images
from _synthesis_sounds import inversion, sounds

OUTPUT = Path(tempfile.gettempdir()) / "skscat-synthesis"


def main():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--quick", action="store_true", help="a small version, of which nothing is kept")
    common.add_argument("--data-home", help="folder of the data, see skscat.datasets; also SKSCAT_DATA")
    common.add_argument("--output", type=Path, default=OUTPUT, help="folder of pictures and sounds")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    tables = parser.add_subparsers(required=True, metavar="table")
    for run in (images, sounds, inversion, cost):
        table = tables.add_parser(run.__name__, parents=[common], help=run.__doc__)
        table.set_defaults(run=run)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
