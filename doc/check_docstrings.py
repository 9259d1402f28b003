"""Check the docstring and the annotations of every public name, and that the API reference lists it.

The checks are those of ``[tool.numpydoc_validation]`` in pyproject.toml.
"""

import importlib
import inspect
import pkgutil
import sys
import tomllib
from pathlib import Path
from types import FunctionType

from numpydoc.validate import get_validation_checks, validate

import skscat

ROOT = Path(__file__).parents[1]
METHODS = (FunctionType, property, classmethod, staticmethod)


def public_modules():
    """Yield the package and its public modules that declare names."""
    yield skscat
    for info in pkgutil.iter_modules(skscat.__path__, "skscat."):
        if not info.name.rpartition(".")[2].startswith("_"):
            yield importlib.import_module(info.name)


def public_objects(module):
    """Yield the dotted name and the object of each public name of a module, and of the methods that skscat defines."""
    for name in module.__all__:
        owner = getattr(module, name)
        yield f"{module.__name__}.{name}", owner
        for base in inspect.getmro(owner) if inspect.isclass(owner) else ():
            if base.__module__.startswith("skscat"):
                for key, value in vars(base).items():
                    if not key.startswith("_") and isinstance(value, METHODS):
                        yield f"{module.__name__}.{name}.{key}", value


def unannotated(value):
    """Return the names of the parameters without annotation, and "return" if the return value has none."""
    if inspect.isclass(value):
        value = vars(value).get("__init__")
    value = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    if not inspect.isfunction(value):
        return []
    names = [*inspect.signature(value).parameters, "return"]
    return [name for name in names if name not in ("self", "cls") and name not in value.__annotations__]


def main():
    """Print all errors, and return their number."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["numpydoc_validation"]
    checks = get_validation_checks(set(config["checks"]))
    reference = (ROOT / "doc" / "api.rst").read_text().split()
    n_errors = 0
    for module in public_modules():
        for missing in sorted(set(module.__all__) - set(reference)):
            print(f"{module.__name__}.{missing}: not listed in doc/api.rst")
            n_errors += 1
        for name, value in dict(public_objects(module)).items():
            for parameter in unannotated(value):
                print(f"{name}: {parameter} has no annotation")
                n_errors += 1
            for code, message in validate(name)["errors"]:
                if code in checks:
                    print(f"{name}: {code} {message}")
                    n_errors += 1
    return n_errors


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
