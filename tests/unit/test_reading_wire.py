"""The words between parent and reading process: whole, bounded, and never believed."""

import io

import pytest

from core.backends.reading.wire import (
    BATCH_CHARACTERS,
    FRAME_BYTES,
    PREFIX,
    BadFrame,
    End,
    Refusal,
    Task,
    frames,
    length,
    pack,
    read_task,
    refusal_frame,
    task_frame,
    unpack,
)
from core.types import Block, Reading

TASK = Task(name="연차.md", media_type=None, size=4, seconds=8.5, memory=100)


def body(frame: bytes) -> bytes:
    assert length(frame[:PREFIX]) == len(frame) - PREFIX
    return frame[PREFIX:]


def test_a_reading_arrives_as_it_was_sent() -> None:
    blocks = (Block("하나", ("장", "절"), 3, "절"), Block("x" * BATCH_CHARACTERS), Block("last"))
    *parts, end = [unpack(body(frame)) for frame in frames(Reading(blocks, "Title", "text/plain"), peak=7)]

    assert [block for part in parts if isinstance(part, list) for block in part] == list(blocks)
    assert end == End("Title", "text/plain", 7)
    assert len(parts) == 2


def test_a_reading_without_title_has_none() -> None:
    assert unpack(body(list(frames(Reading(())))[-1])) == End(None, "text/plain", 0)


def test_a_refusal_arrives_as_it_was_sent() -> None:
    refusal = Refusal("picture", {"kind": "PNG"}, "ValueError", 5)

    assert unpack(body(refusal_frame(refusal))) == refusal


def test_a_task_and_its_file_arrive_as_they_were_sent() -> None:
    source = io.BytesIO(task_frame(TASK) + b"text" + task_frame(TASK) + b"te")

    assert read_task(source) == (TASK, b"text")
    assert read_task(source) is None
    assert read_task(source) is None


def test_lone_surrogates_do_not_cross() -> None:
    assert unpack(body(pack({"blocks": [["a\ud800b", [], None, ""]]}))) == [Block("a?b")]


@pytest.mark.parametrize(
    "said",
    [
        b"no json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"run": "this"}',
        b'{"refused": ["unheard_of", {}, "", 0]}',
        b'{"refused": ["picture", {"kind": 5}, "", 0]}',
        b'{"end": [5, "text/plain", 0]}',
        b'{"blocks": [["text", [], -1, ""]]}',
        b'{"blocks": [["text", [], 99999999, ""]]}',
        b'{"blocks": [["text", [5], 1, ""]]}',
        b'{"blocks": [["text", ["a","a","a","a","a","a","a","a","a","a","a","a","a"], 1, ""]]}',
        b'{"blocks": [["\\ud800", [], 1, ""]]}',
        b'{"blocks": [["text", [], 1, null]]}',
        b'{"blocks": [["text", [], 1]]}',
        b'{"blocks": ["text"]}',
    ],
)
def test_anything_else_is_a_bad_frame(said: bytes) -> None:
    with pytest.raises(BadFrame):
        unpack(said)


def test_an_endless_frame_is_not_waited_for() -> None:
    assert length((FRAME_BYTES).to_bytes(PREFIX, "big")) == FRAME_BYTES
    with pytest.raises(BadFrame):
        length((FRAME_BYTES + 1).to_bytes(PREFIX, "big"))
