"""Speed, accuracy and memory, beside Kymatio's on the same CPU.

``python benchmarks/speed.py`` prints every table; ``--only 2d threads`` some of them, ``--quick`` a short version, and
``--json FILE`` writes the rows, each table with what made it, and leaves other tables in the file alone. It needs the
extra ``bench``: ``pip install -e ".[bench]"``.

* Both sides take the same float32 signals, in turns in one process with one thread a side, best of several rounds.
  Times are CPU times; wall times stand in the file. ``ratio`` compares with the faster of Kymatio's two CPU backends.
* Errors are relative, in l2, of the worst order, against the transform in float64 without subsampling by the same
  filters on the same padded grid: a side is charged for its shortcuts, not for its padding. What padding costs shows
  in ``border_error``: the same against ample padding.
* The floor is the time of the bare Fourier transforms in ours: its calls of ``scipy.fft`` are recorded, then made
  again on arrays of the same sizes. ``over_floor`` is ours divided by it.
"""

import argparse
import json
import os
import platform
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

from _report import command
from _speed_construction import construction, joint
from _speed_scaling import scaling, threads
from _speed_transforms import transforms
from threadpoolctl import threadpool_limits

import skscat

TABLES = {
    "1d": transforms,
    "2d": transforms,
    "3d": transforms,
    "joint": joint,
    "construction": construction,
    "scaling": scaling,
    "threads": threads,
}


def show(row, header):
    """Print a row of numbers under their names, which are printed where they differ from the last ones."""
    keys = [key for key in row if (key != "workload" and not key.endswith("_wall_ms")) or key[-9:-8].isdigit()]
    if keys != header:
        print("\n" + " ".join([f"{'':44s}", *(f"{key.removesuffix('_wall_ms'):>10s}" for key in keys)]))
    cells = [f"{row[key]:>{max(10, len(key.removesuffix('_wall_ms')))}.4g}" for key in keys]
    print(" ".join([f"{row['workload']:44s}", *cells]), flush=True)
    return keys


def machine():
    """Describe the machine and what runs on it."""
    info = Path("/proc/cpuinfo")
    models = (
        [line.split(": ")[1] for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    packages = ("numpy", "scipy", "scikit-learn", "joblib", "kymatio", "torch")
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "versions": {
            "python": platform.python_version(),
            "skscat": skscat.__version__,
            **{name: version(name) for name in packages},
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES), help="tables to make")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller tables")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    tables, header = {}, None
    with threadpool_limits(1):
        for name in args.only:
            print(f"\n{name}: {TABLES[name].__doc__}")
            tables[name] = []
            for row in TABLES[name](name, args):
                header = show(row, header)
                tables[name].append(row)
    if args.json:
        write(args.json, tables)


def write(path, tables):
    """Write tables to a file, each with what made it; others in the file stay as they are."""
    origin = {"command": command(sys.argv), "date": date.today().isoformat(), "machine": machine()}
    found = json.loads(path.read_text())["tables"] if path.exists() else {}
    found |= {name: {"rows": rows} | origin for name, rows in tables.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"tables": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
