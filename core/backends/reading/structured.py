"""Reads JSON as lines of `path: value`; what is no JSON after all is read as the text it is."""

import json
from collections.abc import Iterator

from core.backends.reading.decode import decode
from core.backends.reading.file import File
from core.backends.reading.plain import lines, paragraphs
from core.types import Block, Reading

MEDIA_TYPE = "application/json"
MOST = 600
"""Characters in a block."""


def read(file: File) -> Reading:
    """One document, or one a line (JSON Lines)."""
    text = decode(file.data, name=file.name, declared=file.charset).removeprefix("\ufeff")
    try:
        values = [json.loads(text)]
    except (ValueError, RecursionError):
        values = _records(text)
    if not values:
        return Reading(tuple(paragraphs(lines(text))), media_type=MEDIA_TYPE)
    blocks = tuple(block for value in values for block in _cells(value) or _blocks(value))
    return Reading(blocks, title=_title(values[0]), media_type=MEDIA_TYPE)


def _records(text: str) -> list[object]:
    """The values of JSON Lines; nothing when a line is none."""
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return []


def _title(value: object) -> str | None:
    named = value.get("title") if isinstance(value, dict) else None
    return named if isinstance(named, str) else None


def _cells(value: object) -> list[Block]:
    """The sources of a Jupyter notebook's cells; nothing for any other value."""
    match value:
        case {"nbformat": int(), "cells": list(cells)}:
            sources = [cell.get("source") for cell in cells if isinstance(cell, dict)]
            texts = ("".join(map(str, source)) if isinstance(source, list) else source for source in sources)
            return [Block(text) for text in texts if isinstance(text, str)]
        case _:
            return []


def _blocks(value: object) -> Iterator[Block]:
    """Lines packed into blocks; a new entry of a list begins a new block, so that it stays whole."""
    held: list[str] = []
    size = 0
    for line, fresh in _lines(value):
        if held and (size + len(line) > MOST or (fresh and size > MOST // 2)):
            yield Block("\n".join(held))
            held, size = [], 0
        held.append(line)
        size += len(line) + 1
    if held:
        yield Block("\n".join(held))


def _lines(value: object) -> Iterator[tuple[str, bool]]:
    """Each value with its path, and whether it begins an entry of a list. Not recursive."""
    waiting: list[tuple[str, object, bool]] = [("", value, False)]
    while waiting:
        path, current, fresh = waiting.pop()
        if isinstance(current, dict):
            inner = [(f"{path}.{key}" if path else str(key), item, False) for key, item in current.items()]
        elif isinstance(current, list):
            inner = [(f"{path}[{index}]", item, True) for index, item in enumerate(current, 1)]
        else:
            text = current if isinstance(current, str) else json.dumps(current)
            yield (f"{path}: {text}" if path else text), fresh
            continue
        if inner:
            inner[0] = (inner[0][0], inner[0][1], fresh or inner[0][2])
            waiting.extend(reversed(inner))
