"""The pages that people see while they install the app. Pure."""

from html import escape
from typing import Literal

from core.messages import render

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""Nothing of these pages may be framed, kept, or told to the pages that they lead to."""
STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto 0;padding:0 1.5rem;color:#1d1c1d}"
    "a{display:inline-block;margin-top:1rem;padding:.7rem 1.3rem;border-radius:.5rem;background:#4a154b;color:#fff;"
    "text-decoration:none;font-weight:600}a:focus{outline:3px solid #36c5f0}"
    "@media(prefers-color-scheme:dark){body{background:#1a1d21;color:#e8e8e8}}"
)


def page(code: str, locale: str, *, link: str, button: str, **details: object) -> str:
    """One sentence and one button; what the sentence is told may come from anywhere."""
    title, sentence = escape(render("install.title", locale)), escape(render(code, locale, **details))
    return (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1><p>{sentence}</p>"
        f'<a href="{escape(link)}">{escape(render(button, locale))}</a></main></body></html>'
    )


def preferred(languages: str) -> Literal["ko", "en"]:
    """The language of a page, from what a browser accepts: `en;q=0.5,ko`."""
    weights = {"ko": 0.0, "en": 0.0}
    for part in languages.lower().split(",")[:20]:
        tag, _, weight = part.strip().partition(";q=")
        name = tag.partition("-")[0]
        if name in weights:
            weights[name] = max(weights[name], _number(weight))
    return "ko" if weights["ko"] > weights["en"] else "en"


def _number(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0
