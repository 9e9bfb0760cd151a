"""Reads Word documents through kreuzberg's document structure: headings by style, tables, text boxes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.backends.reading.archive import check_parts, open_archive
from core.backends.reading.file import File, Outline, table_blocks
from core.errors import Refused
from core.types import Block, Reading

_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\)")
"""Cells come as Markdown, other text does not."""
_WORD = re.compile(r"\w+")
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def read(file: File) -> Reading:
    """Refused when the archive is a bomb, declares entities, or is damaged."""
    from kreuzberg import ExtractionConfig, KreuzbergError, extract_bytes_sync

    check_parts(open_archive(file.data, file.name), file.name)
    config = ExtractionConfig(use_cache=False, enable_quality_processing=False, include_document_structure=True)
    try:
        result = extract_bytes_sync(file.data, MEDIA_TYPE, config)
    except KreuzbergError as error:
        raise Refused("read.damaged", name=file.name) from error
    nodes = result.document["nodes"] if result.document else []
    blocks = tuple(_blocks(nodes))
    blocks += tuple(_left_out(result.content, blocks))
    first = next((block.heading[0] for block in blocks if block.heading), None)
    title = result.metadata.get("title")
    return Reading(blocks, title=title if isinstance(title, str) and title.strip() else first, media_type=MEDIA_TYPE)


def _blocks(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    """Nodes stand in reading order; groups and lists only hold others."""
    outline = Outline()
    for node in nodes:
        content = node["content"]
        text = content.get("text") or content.get("description") or ""
        match content["node_type"]:
            case "heading" | "title" as kind:
                yield Block(text, outline.enter(content.get("level", 1) if kind == "heading" else 1, text))
            case "table":
                yield from table_blocks(_rows(content["grid"]), heading=outline.path)
            case "list_item":
                yield Block(f"- {text}", outline.path)
            case _ if text:
                yield Block(text, outline.path)
            case _:
                continue


def _left_out(content: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """Paragraphs with words that the structure lacks: notes, comments and shapes that have no node."""
    known = {"Image", *(word for block in blocks for word in _WORD.findall(block.text))}
    for part in content.split("\n\n"):
        text = _LINK.sub(r"\1", part)
        if not known.issuperset(_WORD.findall(text)):
            yield Block(text)


def _rows(grid: Mapping[str, Any]) -> list[list[str]]:
    """The cells by row."""
    rows: list[list[str]] = [[] for _ in range(grid["rows"])]
    for cell in grid["cells"]:
        rows[cell["row"]].append(_LINK.sub(r"\1", cell["content"]))
    return rows
