"""The version of the program, also where it runs from a checkout."""

import tomllib
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def version(project: Path = PROJECT) -> str:
    """As `pyproject.toml` names it; the installed one where there is no checkout."""
    try:
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    except OSError:
        pass
    try:
        return installed("saseo")
    except PackageNotFoundError:
        return "unknown"
