"""The run that allows no skips."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {
    "passes": "def test_it(): pass",
    "skips": "import pytest\n\ndef test_it(): pytest.skip('no server')",
    "skips_whole": "import pytest\n\npytest.skip('no server', allow_module_level=True)",
    "expects_failure": "import pytest\n\n@pytest.mark.xfail\ndef test_it(): assert False",
    "fails": "def test_it(): assert False",
}


def run(folder: Path, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")
    (folder / f"test_{name}.py").write_text(FILES[name], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.plugins", "-p", "no:cacheprovider", *options]
    return subprocess.run(
        [*command, "--rootdir", str(folder), str(folder)],
        cwd=ROOT,
        # Installed plugins take seconds to load and have no part in this.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "code"), [("passes", 0), ("skips", 1), ("skips_whole", 1), ("expects_failure", 0), ("fails", 1)]
)
def test_a_skip_fails_the_run_where_none_is_allowed(name: str, code: int, tmp_path: Path) -> None:
    done = run(tmp_path, name, "--no-skips")
    assert done.returncode == code, done.stdout
    assert ("no server" in done.stdout) == name.startswith("skips")


def test_elsewhere_a_skip_is_a_skip(tmp_path: Path) -> None:
    assert run(tmp_path, "skips").returncode == 0
