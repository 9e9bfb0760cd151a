"""Whatever the type: blocks in bounds, clean text, and a reason where nothing is left."""

import json
import tomllib
from pathlib import Path

import pytest

from core.backends.reading import dispatch
from core.backends.reading.dispatch import MODULES, MOST_BLOCK, read_file
from core.backends.reading.pool import NAME_CHARACTERS, display
from core.backends.reading.wire import REASONS
from core.errors import Refused
from tests.corpus import shared_data
from tests.unit import pdfs


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        (b"plain", "a.txt", "plain"),
        (b"# Title", "a.md", "# Title"),
        (b"a,b\n1,2", "a.csv", "a,b\n1,2"),
        (b'{"a": 1}', "a.json", "a: 1"),
        (b"<p>Hello", "a.html", "Hello"),
        (b"<a>xml</a>", "a.xml", "<a>xml</a>"),
        (b"Subject: Hi\n\nBody", "a.eml", "Subject: Hi\n\nBody"),
        (pdfs.pdf([pdfs.lines("Printed")]), "a.pdf", "Printed"),
    ],
)
def test_every_type_finds_its_reader(data: bytes, name: str, text: str) -> None:
    assert read_file(data, name=name).text == text


def test_the_senders_charset_is_used() -> None:
    data = "한 글자".encode("cp949")

    assert read_file(data, name="", media_type="text/html; charset=EUC-KR").text == "한 글자"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b" \n\t", "a.txt", "read.blank"),
        ("\u200b\ufeff".encode(), "a.md", "read.blank"),
        (pdfs.pdf([""]), "a.pdf", "read.no_text"),
        (b"<html><img src=x>", "a.html", "read.no_text"),
        (b"<html><script>x</script>", "a.html", "read.script"),
    ],
)
def test_nothing_to_see_is_refused(data: bytes, name: str, code: str) -> None:
    with pytest.raises(Refused) as error:
        read_file(data, name=name)

    assert error.value.code == code


def test_characters_that_no_text_has_are_dropped() -> None:
    reading = read_file(json.dumps({"title": " A\x00\ud800 \n b", "x": "\x01\ufffe\u0007ok"}).encode(), name="a.json")

    assert reading.title == "A b"
    assert reading.text.endswith("x: ok")


def test_a_block_of_nothing_but_such_characters_is_left_out() -> None:
    assert read_file(b"\x07\n\n" + b"word " * 50, name="a.txt").text.strip() == ("word " * 50).strip()


def test_a_long_block_is_cut_at_white_space_and_loses_nothing() -> None:
    words = "word " * 10_000
    reading = read_file(words.encode(), name="a.txt")

    assert all(len(block.text) <= MOST_BLOCK for block in reading.blocks)
    assert all(block.text.strip().endswith("word") for block in reading.blocks)
    assert " ".join(reading.text.split()) == " ".join(words.split())


def test_a_block_without_white_space_is_cut_anyway() -> None:
    reading = read_file(b"x" * (2 * MOST_BLOCK + 5), name="a.txt")

    assert [len(block.text) for block in reading.blocks] == [MOST_BLOCK, MOST_BLOCK, 5]


def test_too_many_blocks_are_joined_under_their_headings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "MOST_BLOCKS", 10)
    text = "# One\n\n" + "a paragraph\n\n" * 1000 + "# Two\n\n" + "another\n\n" * 10
    reading = read_file(text.encode(), name="a.md")

    assert len(reading.blocks) < 10
    assert {block.heading for block in reading.blocks} == {("One",), ("Two",)}
    assert reading.text.split() == text.split()


def test_every_reader_exists_and_every_reason_has_a_text_in_both_languages() -> None:
    root = Path(dispatch.__file__).parents[2]

    assert all((root / "backends" / "reading" / f"{module}.py").exists() for module in MODULES.values())
    for locale in ("en", "ko"):
        texts = tomllib.loads((root / "messages" / f"{locale}.toml").read_text(encoding="utf-8"))["read"]
        assert set(texts) >= REASONS | {"busy", "broken", "too_large", "too_slow"}


def test_a_file_name_is_fit_for_a_sentence() -> None:
    assert display("연차 규정.pdf") == "연차 규정.pdf"
    assert display("a\n\x00\u202eb") == "a b"
    assert display(" \n") == "file"
    assert len(display("x" * 10_000)) == NAME_CHARACTERS


@pytest.mark.corpus
def test_naughty_names_never_break_a_refusal() -> None:
    for name in json.loads(shared_data("naughty_strings.json").read_text(encoding="utf-8")):
        with pytest.raises(Refused) as error:
            read_file(b" ", name=name + ".txt")
        assert error.value.text("ko")
        assert "\n" not in display(name)
