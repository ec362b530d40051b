"""Loads scripts and their modules, which belong to no package, so that tests can call their functions."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

REPOSITORY = Path(__file__).resolve().parents[1]


def load_script(path: str) -> ModuleType:
    """A script as a module. It finds the scripts beside it, as a script that is started does.

    Args:
        path: relative to the repository.
    """
    file = REPOSITORY / path
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    spec = importlib.util.spec_from_file_location(f"script_{file.stem}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def docs_module(name: str) -> ModuleType:
    """A module that scripts in `docs` import, such as ``field.metrics``."""
    folder = str(REPOSITORY / "docs")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)
