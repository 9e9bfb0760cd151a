"""Reads presentations: a page a slide, its title as heading, with tables, charts, groups, diagrams and notes."""

import io
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from core.backends.reading.archive import check_parts, open_archive
from core.backends.reading.file import File, Outline, table_blocks
from core.errors import Refused
from core.types import Block, Reading

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_NO_TITLE = re.compile(r"\s*(?:powerpoint .*|slide \d+|프레젠테이션\d*|슬라이드 \d+)?\s*", re.IGNORECASE)


def read(file: File) -> Reading:
    """Refused when the archive is a bomb, declares entities, or is damaged."""
    from pptx import Presentation

    check_parts(open_archive(file.data, file.name), file.name)
    try:
        presentation = Presentation(io.BytesIO(file.data))
        named = presentation.core_properties.title or ""
        blocks = tuple(block for number, slide in enumerate(presentation.slides, 1) for block in _slide(slide, number))
    except Exception as error:
        raise Refused("read.damaged", name=file.name) from error
    first = next((block.heading[0] for block in blocks if block.heading), None)
    return Reading(blocks, title=first if _NO_TITLE.fullmatch(named) else named, media_type=MEDIA_TYPE)


def _slide(slide: Any, number: int) -> list[Block]:
    """The blocks of a slide; where its shapes are broken, its bare text."""
    try:
        return list(_blocks(slide, number))
    except Exception:  # noqa: BLE001 python-pptx fails in many ways on one bad shape; the rest of the slide still counts
        return [Block(_bare(slide.element), page=number)]


def _blocks(slide: Any, number: int) -> Iterator[Block]:
    outline = Outline()
    title = slide.shapes.title
    if title is not None:
        yield Block(title.text_frame.text, outline.enter(1, title.text_frame.text), number)
    for shape in _flat(slide.shapes):
        if title is None or shape.element is not title.element:
            yield from _shape(shape, outline.path, number)
    for relation in slide.part.rels.values():
        if relation.reltype.endswith("/diagramData"):
            yield Block(_diagram(relation.target_part.blob), outline.path, number)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        yield Block(notes.text, outline.path, number)


def _flat(shapes: Any) -> Iterator[Any]:
    """The shapes, those of groups in the place of the group."""
    waiting = [iter(shapes)]
    while waiting:
        shape = next(waiting[-1], None)
        if shape is None:
            waiting.pop()
        elif hasattr(shape, "shapes"):
            waiting.append(iter(shape.shapes))
        else:
            yield shape


def _shape(shape: Any, heading: tuple[str, ...], number: int) -> Iterator[Block]:
    if shape.has_text_frame:
        yield Block(shape.text_frame.text.replace("\v", "\n"), heading, number)
    elif getattr(shape, "has_table", False):
        rows = [["" if cell.is_spanned else cell.text for cell in row.cells] for row in shape.table.rows]
        yield from table_blocks(rows, heading=heading, page=number)
    elif getattr(shape, "has_chart", False):
        yield from _chart(shape.chart, heading, number)
    elif described := shape.element.xpath("string(.//p:cNvPr/@descr)"):
        yield Block(described, heading, number)


def _chart(chart: Any, heading: tuple[str, ...], number: int) -> Iterator[Block]:
    """Its title, then a table with a row for each category."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield Block(chart.chart_title.text_frame.text, heading, number)
    for plot in chart.plots:
        series = list(plot.series)
        rows = [["", *(one.name for one in series)]]
        for index, category in enumerate(plot.categories):
            values = (one.values[index] if index < len(one.values) else None for one in series)
            rows.append([str(category), *("" if value is None else f"{value:g}" for value in values)])
        yield from table_blocks(rows, heading=heading, page=number)


def _diagram(blob: bytes) -> str:
    return _bare(ElementTree.fromstring(blob))  # noqa: S314 parts that declare entities were refused


def _bare(element: Any) -> str:
    """The text of every paragraph below, a line each."""
    texts = ("".join(run.text or "" for run in part.iter(f"{DRAWING}t")) for part in element.iter(f"{DRAWING}p"))
    return "\n".join(text for text in texts if text.strip())
