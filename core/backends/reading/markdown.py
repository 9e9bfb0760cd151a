"""Reads Markdown: the text verbatim, the headings as a path; fences and front matter hold no headings."""

import re
from collections.abc import Iterator

from core.backends.reading.anchors import Slugs
from core.backends.reading.decode import decode
from core.backends.reading.file import File, Outline
from core.backends.reading.plain import lines
from core.types import Block, Reading

LONGEST_HEADING = 1_000
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*$")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_ANCHOR = re.compile(r"\s*\{(?:/\*.*?\*/|#[^}]*)\}\s*$")
_NO_TITLE = re.compile(r"\s*$| {4}|\t| {0,3}(?:[-+*>|]|\d+[.)])")
_FRONT = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"""^title:[ \t]*(["']?)(.+?)\1[ \t]*$""", re.MULTILINE)


def read(file: File) -> Reading:
    """The title is the front matter's or the first heading."""
    text = lines(decode(file.data, name=file.name, declared=file.charset))
    front = _FRONT.match(text)
    named = _FRONT_TITLE.search(front.group(1)) if front else None
    body = front.end() if front else 0
    blocks = (*_block(text[:body].split("\n"), Outline()), *_blocks(text[body:]))
    first = next((block.heading[0] for block in blocks if block.heading), None)
    return Reading(blocks, title=named.group(2) if named else first, media_type="text/markdown")


def _blocks(text: str) -> Iterator[Block]:
    """Paragraphs between blank lines; a fenced block stays whole, blank lines and all."""
    outline, slugs = Outline(), Slugs()
    held: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            held.append(line)
            closing = _CLOSING.match(line)
            fence = "" if closing and closing.group(1).startswith(fence) else fence
        elif opening := _FENCE.match(line):
            held.append(line)
            fence = opening.group(1)
        elif len(line) < LONGEST_HEADING and (atx := _ATX.match(line)):
            yield from _block(held, outline)
            title = atx.group(2) or ""
            outline.enter(len(atx.group(1)), _ANCHOR.sub("", title), anchor=slugs.of(title))
            held = [line]
        elif held and (setext := _SETEXT.match(line)) and not _NO_TITLE.match(held[-1]):
            yield from _block(held[:-1], outline)
            outline.enter(1 if setext.group(1).startswith("=") else 2, held[-1], anchor=slugs.of(held[-1]))
            held = [held[-1], line]
        elif line.strip():
            held.append(line)
        else:
            yield from _block(held, outline)
            held = []
    yield from _block(held, outline)


def _block(held: list[str], outline: Outline) -> Iterator[Block]:
    text = "\n".join(held).strip("\n")
    if text.strip():
        yield Block(text, outline.path, anchor=outline.anchor)
