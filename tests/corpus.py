"""Finds the shared test data that stands beside the project and is no part of it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


def shared_data(*parts: str) -> Path:
    """The path of a shared data file or folder; skips the test where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared test data {'/'.join(parts)} is not beside this checkout")
    return path
