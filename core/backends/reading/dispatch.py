"""Chooses the reader for a file, and makes what it gives fit to be kept."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module

from core.backends.reading.decode import visible
from core.backends.reading.file import File
from core.backends.reading.sniff import sniff
from core.errors import Refused
from core.types import Block, Reading

MODULES: Mapping[str, str] = {
    "pdf": "pdf", "docx": "docx", "pptx": "pptx", "xlsx": "xlsx", "hwpx": "hwpx", "html": "webpage",
    "markdown": "markdown", "csv": "separated", "json": "structured", "eml": "mail", "xml": "plain", "text": "plain",
}  # fmt: skip
TEXTUAL = frozenset({"markdown", "csv", "json", "xml", "text"})
MOST_BLOCK = 20_000
"""Characters; a longer block is cut at white space."""
MOST_BLOCKS = 2_000
"""Past this many, neighbours under one heading are joined: a hundred thousand objects would hold the parent's
garbage collection, and with it the event loop, for longer than is allowed."""
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]+)", re.IGNORECASE)
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")


def read_file(data: bytes, *, name: str, media_type: str | None = None) -> Reading:
    """The reading of a file of any supported type. Raises Refused with the reason."""
    kind = sniff(data, name=name, media_type=media_type)
    charset = _CHARSET.search(media_type or "")
    reader = import_module(f"core.backends.reading.{MODULES[kind]}")
    reading: Reading = reader.read(File(data, name, charset.group(1) if charset else None))
    blocks = tuple(_joined(list(_bounded(reading.blocks))))
    if not visible(block.text for block in blocks):
        raise Refused("read.blank" if kind in TEXTUAL else "read.no_text", name=name)
    title = _clean(reading.title or "").strip()
    return replace(reading, blocks=blocks, title=" ".join(title.split()) or None)


def _clean(text: str) -> str:
    return _UNWANTED.sub("", text)


def _bounded(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Blocks with something in them, none too long, without characters that no text has."""
    for block in blocks:
        text = _clean(block.text)
        heading = tuple(_clean(part) for part in block.heading)
        start = 0
        while len(text) - start > MOST_BLOCK:
            end = max(text.rfind(mark, start + 1, start + MOST_BLOCK) for mark in ("\n", " "))
            stop = end if end > 0 else start + MOST_BLOCK
            yield replace(block, text=text[start:stop], heading=heading)
            start = stop
        if text[start:].strip():
            yield replace(block, text=text[start:], heading=heading)


def _joined(blocks: list[Block]) -> Iterator[Block]:
    """The blocks, neighbours of one place joined where there are too many of them."""
    if len(blocks) <= MOST_BLOCKS:
        yield from blocks
        return
    held: list[Block] = []
    size = 0
    for block in blocks:
        if held and ((block.heading, block.page) != (held[0].heading, held[0].page) or size > MOST_BLOCK // 4):
            yield replace(held[0], text="\n\n".join(part.text for part in held))
            held, size = [], 0
        held.append(block)
        size += len(block.text)
    yield replace(held[0], text="\n\n".join(part.text for part in held))
