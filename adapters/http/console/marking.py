"""Answers as safe HTML: Markdown without HTML and pictures, with citations that lead to their sources. Pure."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape

CITATION = re.compile(r"\[(\d{1,3})\]")


def answer_html(text: str, *, name: str) -> Markup:
    """An answer whose citations lead to `#name-1` and so on."""
    return Markup(_markdown().render(text, {"name": name}))  # noqa: S704 - the renderer escapes everything


def marked(text: str, excerpt: str) -> Markup:
    """A text with the excerpt marked where it stands in it."""
    if not excerpt or excerpt not in text:
        return escape(text)
    before, found, after = text.partition(excerpt)
    return escape(before) + Markup("<mark>") + escape(found) + Markup("</mark>") + escape(after)


def web(url: str | None) -> str | None:
    """The address where it may be a link: documents bring addresses of any kind along."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    markdown.add_render_rule("text", _text)
    markdown.add_render_rule("link_open", _link)
    return markdown


def _text(
    renderer: RendererProtocol,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: Mapping[str, Any],
) -> str:
    del renderer, options
    name = escape(environment["name"])
    return CITATION.sub(rf'<a class="cite" href="#{name}-\1">\1</a>', str(escape(tokens[index].content)))


def _link(
    renderer: RendererProtocol,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: Mapping[str, Any],
) -> str:
    del renderer, options, environment
    url = web(str(tokens[index].attrGet("href") or ""))
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">' if url else "<a>"
