"""Renders a page in the reader's language, with the headers that keep strangers out of it."""

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from adapters.http.console.house import doorkeeper
from adapters.http.console.numbers import FILTERS
from adapters.http.console.visits import Visit
from adapters.http.state import locale
from core.messages import catalogue, render
from core.people import Right

FOLDER = Path(__file__).parent
MENU = (
    ("ask", "/", Right.READ),
    ("documents", "/documents", Right.READ),
    ("questions", "/questions", Right.READ),
    ("channels", "/channels", Right.ADMINISTER),
    ("audit", "/audit", Right.ADMINISTER),
    ("health", "/health", Right.RUN),
)
"""The pages, each with its path and with what it asks for."""
LANGUAGE_COOKIE = "saseo_language"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def page(
    request: Request, name: str, *, status: int = 200, here: str = "", visit: Visit | None = None, **values: Any
) -> HTMLResponse:
    """The page with this template. `here` names the entry of the menu."""
    spoken = language(request)
    text = partial(_text, spoken)
    template = _templates().get_template(name)
    root = request.scope.get("root_path", "")
    every = {"t": text, "locale": spoken, "here": here, "visit": visit, "root": f"{root}/console"}
    content = template.render({**values, **every, "guarded": doorkeeper(request).guarded, "menu": _menu(visit)})
    return HTMLResponse(content, status_code=status, headers=HEADERS)


def _menu(visit: Visit | None) -> list[tuple[str, str]]:
    """The pages that somebody may open, each with its path."""
    return [] if visit is None else [(name, path) for name, path, right in MENU if visit.person.may(right)]


def language(request: Request) -> str:
    """What the reader chose, or what the browser prefers."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in ("ko", "en") else locale(request)


def texts(locale: str, prefix: str) -> Mapping[str, str]:
    """The texts that begin like this, by the rest of their code: what a script says."""
    return {code.removeprefix(prefix): text for code, text in catalogue(locale).items() if code.startswith(prefix)}


def _text(locale: str, code: str, **details: object) -> str:
    return render(code, locale, **details)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters |= FILTERS
    environment.globals["Right"] = Right
    return environment


def _moment(value: Any) -> Markup:
    """A time that the browser writes as its reader is used to."""
    whole = value.isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(whole, whole[:16].replace("T", " "))
