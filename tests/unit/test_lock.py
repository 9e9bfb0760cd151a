"""A data directory belongs to one process at a time, and the others learn to whom."""

import json
import os
from pathlib import Path

import pytest

from bot.lock import Holder, hold, holder
from core.errors import Refused


def test_a_held_directory_names_its_holder(tmp_path: Path) -> None:
    with hold(tmp_path / "new" / "data", url="http://127.0.0.1:8000"):
        assert holder(tmp_path / "new" / "data") == Holder(os.getpid(), "http://127.0.0.1:8000")


def test_a_free_directory_has_no_holder(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    with hold(tmp_path):
        pass
    assert holder(tmp_path) is None
    assert not (tmp_path / "running.json").exists()


@pytest.mark.parametrize(
    ("url", "code"), [("http://127.0.0.1:8000", "run.held_by_server"), (None, "run.held")], ids=["server", "command"]
)
def test_a_second_process_is_told_who_is_first(url: str | None, code: str, tmp_path: Path) -> None:
    with hold(tmp_path, url=url), pytest.raises(Refused, match=str(os.getpid())) as refusal, hold(tmp_path, wait=0.01):
        pass
    assert refusal.value.code == code
    assert refusal.value.details.get("url") == url


def test_what_a_killed_process_left_behind_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / "running.json").write_text(json.dumps({"pid": 1, "url": "http://x"}), encoding="utf-8")
    assert holder(tmp_path) is None
    with hold(tmp_path):
        assert holder(tmp_path) == Holder(os.getpid(), None)


@pytest.mark.parametrize("note", ["", "{", "[]", '{"pid": "x", "url": 1}', '{"pid": 1}'])
def test_a_holder_without_a_proper_note_is_held_all_the_same(note: str, tmp_path: Path) -> None:
    with hold(tmp_path):
        (tmp_path / "running.json").write_text(note, encoding="utf-8")
        assert holder(tmp_path) == Holder()
        with pytest.raises(Refused) as refusal, hold(tmp_path):
            pass
    assert refusal.value.code == "run.held"


def test_a_directory_that_cannot_be_one_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(Refused, match="file") as refusal, hold(file):
        pass
    assert refusal.value.code == "run.data_directory"


def test_a_lock_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(Refused) as taking, hold(tmp_path):
        pass
    with pytest.raises(Refused) as looking:
        holder(tmp_path)
    assert (taking.value.code, looking.value.code) == ("run.data_directory", "run.data_directory")


def test_a_note_that_cannot_be_written_gives_the_lock_back(tmp_path: Path) -> None:
    (tmp_path / "running.new").mkdir()
    with pytest.raises(Refused), hold(tmp_path):
        pass
    (tmp_path / "running.new").rmdir()
    with hold(tmp_path):
        pass
