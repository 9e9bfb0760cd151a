"""The words that parent and child exchange: length-prefixed frames of JSON, checked on arrival.

A child may have been taken over by the file it reads, so nothing it says is trusted: no pickle,
every value is checked and bounded.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from core.types import Block, Reading

PREFIX = 4
FRAME_BYTES = 4 * 1024 * 1024
"""The largest frame; small enough that parsing one does not hold the event loop."""
BATCH_CHARACTERS = 64 * 1024
TITLE_CHARACTERS = 300
HEADING_DEPTH = 12
ANCHOR_CHARACTERS = 200
REASONS = frozenset({
    "archive", "binary", "blank", "bomb", "cookies", "damaged", "empty", "encoding", "encrypted", "entities", "legacy",
    "login", "macros", "media", "missing", "moved", "no_text", "picture", "program", "script", "too_complex",
    "too_long", "unsupported",
})  # fmt: skip


READY = b"saseo reader ready\n"


class BadFrame(Exception):
    """The other side broke the protocol."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a child is asked: the file's own bytes follow the frame."""

    name: str
    media_type: str | None
    size: int
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A child's reason not to read: a code of the catalogue table `read` and what fills its text."""

    reason: str
    details: Mapping[str, str]
    cause: str = ""
    """The class of the error behind it, for the log."""
    peak: int = 0
    """The most memory in bytes that the child ever held."""


@dataclass(frozen=True, slots=True)
class End:
    """Nothing follows: the reading is whole."""

    title: str | None
    media_type: str
    peak: int


def pack(value: object) -> bytes:
    """One frame; lone surrogates, which are no text, become question marks."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return len(body).to_bytes(PREFIX, "big") + body


def length(prefix: bytes) -> int:
    """The length of the frame that follows; BadFrame when no frame is so long."""
    size = int.from_bytes(prefix, "big")
    if size > FRAME_BYTES:
        raise BadFrame(f"a frame of {size} bytes")
    return size


def frames(reading: Reading, *, peak: int = 0) -> Iterator[bytes]:
    """A reading as frames, its blocks in batches of some 64k characters."""
    batch: list[list[object]] = []
    count = 0
    for block in reading.blocks:
        batch.append([block.text, list(block.heading), block.page, block.anchor])
        count += len(block.text)
        if count >= BATCH_CHARACTERS:
            yield pack({"blocks": batch})
            batch, count = [], 0
    yield pack({"blocks": batch})
    yield pack({"end": [reading.title, reading.media_type, peak]})


def refusal_frame(refusal: Refusal) -> bytes:
    """A refusal as a frame."""
    return pack({"refused": [refusal.reason, dict(refusal.details), refusal.cause, refusal.peak]})


def task_frame(task: Task) -> bytes:
    """A task as a frame."""
    return pack([task.name, task.media_type, task.size, task.seconds, task.memory])


def read_task(source: BinaryIO) -> tuple[Task, bytes] | None:
    """The next task and its file; None when the parent has closed the pipe. The parent is trusted."""
    prefix = source.read(PREFIX)
    if len(prefix) < PREFIX:
        return None
    task = Task(*json.loads(source.read(length(prefix))))
    data = source.read(task.size)
    return (task, data) if len(data) == task.size else None


def unpack(body: bytes) -> list[Block] | End | Refusal:
    """What a child's frame says; BadFrame when it says anything else."""
    try:
        match json.loads(body):
            case {"blocks": list(rows)}:
                return [_block(row) for row in rows]
            case {"end": [(None | str()) as title, str(media_type), int(peak)]}:
                return End(None if title is None else _text(title)[:TITLE_CHARACTERS], _text(media_type)[:100], peak)
            case {"refused": [str(reason), dict(details), str(cause), int(peak)]} if reason in REASONS:
                filled = {_text(key)[:30]: _text(value)[:200] for key, value in details.items()}
                return Refusal(reason, filled, _text(cause)[:80], peak)
            case _:
                raise BadFrame("an unknown frame")
    except (ValueError, RecursionError) as error:
        raise BadFrame("a malformed frame") from error


def _block(row: object) -> Block:
    match row:
        case [str(text), list(heading), (None | int()) as page, str(anchor)] if len(heading) <= HEADING_DEPTH:
            if page is not None and not 0 < page < 10**7:
                raise BadFrame("a page out of range")
            path = tuple(_text(part)[:TITLE_CHARACTERS] for part in heading)
            return Block(_text(text), path, page, _text(anchor)[:ANCHOR_CHARACTERS])
        case _:
            raise BadFrame("a malformed block")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadFrame("a text was expected")
    value.encode()
    return value
