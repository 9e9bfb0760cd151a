"""An answer as Discord shows it: Markdown in messages of 2,000 characters, numbered sources, buttons. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from adapters.discord.components import BAD, GOOD, QUOTED_LIMIT, SHARE, component_id, quoted
from adapters.discord.escaping import escaped
from adapters.discord.inbound import Asked
from adapters.discord.markdown import shown
from adapters.splitting import clipped, split, utf16
from core.messages import render
from core.types import Answer, Source

LIMIT = 2000
"""UTF-16 code units in a message: Discord's limit is 2,000 characters, and this is never more."""
SOURCES_SHOWN = 20
TITLE_LIMIT = 120
URL_LIMIT = 1000
QUOTING = ("command", "private", "context_menu")
"""Ways of asking in which the question itself stands nowhere."""
ENCODED = str.maketrans({"<": "%3C", ">": "%3E", "(": "%28", ")": "%29", " ": "%20", "\\": "%5C", "\n": "", "\r": ""})


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message."""

    id: str
    """At most 100 characters."""
    label: str
    style: Literal["plain", "primary"] = "plain"
    emoji: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """One message, at most 2,000 UTF-16 code units. No address in it is unfurled, and it calls nobody."""

    text: str
    buttons: tuple[Button, ...] = ()

    def dump(self) -> dict[str, Any]:
        """As the inbox keeps it."""
        return {"text": self.text, "buttons": [asdict(button) for button in self.buttons]}

    @classmethod
    def load(cls, body: Mapping[str, Any]) -> Self:
        """What `dump` wrote; what another release added is left out."""
        known = Button.__dataclass_fields__
        buttons = [{name: value for name, value in one.items() if name in known} for one in body.get("buttons", ())]
        return cls(body["text"], tuple(Button(**one) for one in buttons))


def posts(answer: Answer, asked: Asked, *, locale: str, at: datetime, note: str = "") -> list[Post]:
    """The messages that say the whole answer, in order; the last one has the sources and the buttons that judge it,
    the first one the button that shares it. `note` is a sentence of ours that stands below the answer."""
    listed = "\n".join(sources(answer.sources, locale=locale, at=at))
    texts = _texts("\n\n".join(filter(None, (shown(answer.text).strip("\n") or "…", listed, note))), asked)
    made = [Post(text) for text in texts]
    if asked.way == "private":
        made[0] = Post(made[0].text, _sharing(asked, locale=locale))
    elif answer.outcome in ("answered", "quoted") and answer.sources:
        made[-1] = Post(made[-1].text, _judging(asked, locale=locale))
    return made


def growing(text: str, asked: Asked) -> list[str]:
    """The messages of an answer that is still being written, without sources and buttons; empty at its beginning."""
    written = shown(text).strip("\n")
    return _texts(written, asked) if written else []


def said(text: str) -> list[Post]:
    """Sentences of ours, in as many messages as it takes."""
    return [Post(part) for part in _split(text)]


def addressed(whole: Sequence[Post], asked: Asked, *, locale: str) -> list[Post]:
    """The same posts where Discord does not show who asked, because the interaction can no longer be answered."""
    opening = f"-# {render('discord.asked', locale, user=f'<@{asked.user}>')}"
    first, *others = whole
    joined = f"{opening}\n{first.text}"
    if utf16(joined) <= LIMIT:
        return [Post(joined, first.buttons), *others]
    return [Post(opening), *whole]


def sources(cited: Sequence[Source], *, locale: str, at: datetime) -> list[str]:
    """A line for each source: its number, a link with its title, the page, and when it was read."""
    lines = [_source(source, locale=locale, at=at) for source in cited[:SOURCES_SHOWN]]
    more = len(cited) - len(lines)
    return [*lines, render("discord.more_sources", locale, count=more)] if more > 0 else lines


def linked(title: str, url: str | None) -> str:
    """A title, shown literally; a link where there is a page to open."""
    label = clipped(" ".join(title.split()), TITLE_LIMIT)
    if url is None or len(url) > URL_LIMIT or urlsplit(url).scheme not in ("http", "https"):
        return escaped(label) or "?"
    address = url.translate(ENCODED)
    if "://" in label:
        # Discord masks no address behind another one.
        return f"<{address}>"
    return f"[{escaped(label.replace('[', '(').replace(']', ')')) or '?'}](<{address}>)"


def _texts(text: str, asked: Asked) -> list[str]:
    quote = quoted(asked.text) if asked.way in QUOTING and asked.text else ""
    return _split(f"{quote}\n{text}" if quote else text)


def _split(text: str) -> list[str]:
    return split(text, limit=LIMIT, measure=utf16) or ["…"]


def _source(source: Source, *, locale: str, at: datetime) -> str:
    page = [] if source.page is None else [render("discord.page", locale, page=source.page)]
    parts = [f"[{source.number}] {linked(source.title, source.url)}", *page, _age(source, locale=locale, at=at)]
    return f"-# {' · '.join(parts)}"


def _age(source: Source, *, locale: str, at: datetime) -> str:
    days = max((at - source.read_at).days, 0)
    return render("discord.read_today", locale) if days == 0 else render("discord.read_before", locale, days=days)


def _judging(asked: Asked, *, locale: str) -> tuple[Button, ...]:
    return (
        Button(component_id(GOOD, asked.id), render("discord.good", locale), emoji="👍"),
        Button(component_id(BAD, asked.id), render("discord.bad", locale), emoji="👎"),
    )


def _sharing(asked: Asked, *, locale: str) -> tuple[Button, ...]:
    """Nothing where the question is not shown whole: it is read from the message again."""
    if asked.outside or asked.direct or not asked.text or len(" ".join(asked.text.split())) > QUOTED_LIMIT:
        return ()
    return (Button(component_id(SHARE, asked.id), render("discord.share", locale), style="primary"),)
