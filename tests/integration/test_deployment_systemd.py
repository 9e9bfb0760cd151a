"""The unit for systemd, as systemd itself understands it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "deploy" / "saseo.service").read_text(encoding="utf-8")
MOST_EXPOSED = 2.0
"""Of ten; systemd calls everything under 2.0 OK or better."""


def systemd_analyze(*words: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not on this machine")
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def unit(tmp_path: Path) -> str:
    """The unit, with a Python and folders that this machine has."""
    path = tmp_path / "saseo.service"
    text = UNIT.replace("/opt/saseo/.venv/bin/python", sys.executable)
    path.write_text(
        text.replace("=/opt/saseo", f"={ROOT}").replace("file:/opt/saseo", f"file:{ROOT}"), encoding="utf-8"
    )
    return str(path)


def test_systemd_understands_every_line(unit: str) -> None:
    done = systemd_analyze("verify", "--man=no", "--recursive-errors=no", unit)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_service_is_hardly_exposed(unit: str) -> None:
    done = systemd_analyze("security", "--offline=yes", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+ ([\d.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    assert float(found[1]) < MOST_EXPOSED


def test_a_wrong_setting_is_not_tried_again_and_again() -> None:
    assert "RestartPreventExitStatus=2\n" in UNIT
    assert "Restart=on-failure\n" in UNIT
