"""Speed, accuracy and memory, compared with Kymatio on the same CPU.

``python benchmarks/speed.py`` prints all tables, ``--only 2d threads`` prints some of them, and ``--quick`` runs a
short version. ``--json FILE`` writes the rows and the origin of each table to a file, and leaves other tables in the
file unchanged. The script needs the extra ``bench``: ``pip install -e ".[bench]"``.

* Both libraries transform the same float32 signals, alternately in one process with one thread each; tables show the
  best of several rounds. Times are CPU times; the file also has wall times. ``ratio`` is the time of the faster of
  Kymatio's two CPU backends, divided by ours.
* Errors are relative l2 errors of the worst order. The reference is the float64 transform without subsampling, with
  the same filters on the same padded grid: errors include approximations, but not padding. ``border_error`` includes
  padding: its reference has ample padding.
* The floor is the time of the Fourier transforms alone: our calls of ``scipy.fft`` are recorded and replayed on arrays
  of the same sizes. ``over_floor`` is our time divided by the floor.
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
from _speed_torch import tensors
from _speed_transforms import transforms
from threadpoolctl import threadpool_limits

import skscat

TABLES = {
    "1d": transforms,
    "2d": transforms,
    "small": transforms,
    "3d": transforms,
    "joint": joint,
    "construction": construction,
    "scaling": scaling,
    "threads": threads,
    "torch": tensors,
}


def show(row, header):
    """Print a row of numbers, with a header if its columns differ from those of the previous row."""
    keys = [key for key in row if (key != "workload" and not key.endswith("_wall_ms")) or key[-9:-8].isdigit()]
    if keys != header:
        print("\n" + " ".join([f"{'':44s}", *(f"{key.removesuffix('_wall_ms'):>10s}" for key in keys)]))
    cells = [f"{row[key]:>{max(10, len(key.removesuffix('_wall_ms')))}.4g}" for key in keys]
    print(" ".join([f"{row['workload']:44s}", *cells]), flush=True)
    return keys


def machine():
    """Describe the machine and the versions of its software."""
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
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES), help="tables to run")
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
    """Write tables to a file, each with its origin; other tables in the file are unchanged."""
    origin = {"command": command(sys.argv), "date": date.today().isoformat(), "machine": machine()}
    found = json.loads(path.read_text())["tables"] if path.exists() else {}
    found |= {name: {"rows": rows} | origin for name, rows in tables.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"tables": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
