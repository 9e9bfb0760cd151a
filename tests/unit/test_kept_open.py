"""Files that were deleted stay until they are let go of where nothing waits for it."""

from pathlib import Path

import pytest

from core.backends import kept_open
from core.backends.kept_open import KeptOpen


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


linux = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux says which files are open")


@linux
def test_what_was_deleted_is_let_go_and_the_rest_is_kept(tmp_path: Path) -> None:
    files = KeptOpen(tmp_path)
    (tmp_path / "old").write_text("old")
    files.hold()
    (tmp_path / "new").write_text("new")
    files.hold()
    before = open_files()
    (tmp_path / "old").unlink()
    assert len(files) == 2
    files.let_go()
    assert len(files) == 1
    assert open_files() == before - 1
    files.close()
    assert open_files() == before - 2


def test_a_file_that_was_replaced_is_held_anew(tmp_path: Path) -> None:
    files = KeptOpen(tmp_path)
    (tmp_path / "meta").write_text("old")
    files.hold()
    (tmp_path / "fresh").write_text("new")
    (tmp_path / "fresh").replace(tmp_path / "meta")
    files.let_go()
    assert len(files) == 0
    files.hold()
    assert len(files) == 1
    files.close()


def test_a_file_that_vanishes_meanwhile_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to("nowhere")
    files = KeptOpen(tmp_path)
    files.hold()
    assert len(files) == 0


def test_where_an_open_file_cannot_be_deleted_none_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_open, "POSIX", False)
    (tmp_path / "file").write_text("content")
    files = KeptOpen(tmp_path)
    files.hold()
    files.let_go()
    assert len(files) == 0
