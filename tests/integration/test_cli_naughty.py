"""Strings that break programs, as questions, file names and contents on the command line."""

import json
from pathlib import Path

import pytest

from tests.corpus import shared_data
from tests.integration.test_cli import Running, place, running, saseo

__all__ = ["place", "running"]

ENDS = {0, 1, 2}
"""Done, refused, or started wrongly: never a traceback."""


def naughty() -> list[str]:
    strings = json.loads(shared_data("naughty_strings.json").read_text(encoding="utf-8"))
    # No operating system passes a NUL in an argument or takes one in a file name.
    return [text for text in strings if "\0" not in text]


@pytest.mark.corpus
def test_naughty_questions_end_in_an_answer_or_a_sentence(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    for text in naughty()[::3]:
        assert saseo("ask", "--", text) in ENDS, text
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err, text
        assert said.out.strip() or said.err.strip(), text


@pytest.mark.corpus
def test_naughty_file_names_and_contents_are_taken_in_or_refused(
    running: Running, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = place / "files"
    folder.mkdir()
    for text in naughty()[::3]:
        if text and "/" not in text and len(text.encode()) < 200 and text not in {".", ".."}:
            (folder / text).write_text(f"Some words. {text}", encoding="utf-8")
    assert saseo("ingest", str(folder)) in ENDS
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert "taken in" in said.out
