"""An answer as Slack shows it: Markdown blocks, numbered sources, feedback buttons and a fallback text. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from adapters.slack.escaping import escaped, harmless
from adapters.slack.inbound import Asked
from adapters.splitting import clipped, split
from core.messages import render
from core.types import Answer, Source

MARKDOWN_LIMIT = 11_000
"""Characters of Markdown in a message. Slack's limit is 12,000, and it counts in its own way."""
SECTION_LIMIT = 2900
FALLBACK_LIMIT = 2900
SOURCES_SHOWN = 20
TITLE_LIMIT = 120
URL_LIMIT = 2000
VALUE_LIMIT = 2000
ASKED_LIMIT = 1500
FEEDBACK = "saseo_feedback"
SHARE = "saseo_share"
WHY = "saseo_why"
REASON_LIMIT = 2000

Block = Mapping[str, Any]
STRONG = re.compile(r"\*\*(.+?)\*\*")
LINK = re.compile(r"\[([^\[\]\n]+)\]\((https?://[^()\s|<>]+)\)")
HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Post:
    """One message: `text` for notifications and for clients without blocks."""

    text: str
    blocks: tuple[Block, ...] = ()

    def dump(self) -> dict[str, Any]:
        """As the inbox keeps it."""
        return {"text": self.text, "blocks": list(self.blocks)}

    @classmethod
    def load(cls, body: Mapping[str, Any]) -> Self:
        """What `dump` wrote."""
        return cls(body["text"], tuple(body["blocks"]))


def posts(
    answer: Answer, asked: Asked, *, locale: str, at: datetime, note: str = "", parts: Sequence[str] | None = None
) -> list[Post]:
    """The messages that say the whole answer, in order; the last one carries sources and buttons.

    `note` is a sentence of ours that stands below the answer; `parts` is the answer as it is divided already.
    """
    parts = (split(harmless(answer.text), limit=MARKDOWN_LIMIT) if parts is None else parts) or ["…"]
    listed = sources(answer.sources, locale=locale, at=at)
    last = len(parts) - 1
    asker = _asker(asked, locale=locale)
    made = []
    for number, part in enumerate(parts):
        ending = _ending(answer, asked, listed=listed, note=note, locale=locale) if number == last else []
        beginning = [_context(asker)] if asker and number == 0 else []
        below = ["\n".join(listed), note] if number == last else []
        shown = "\n\n".join(filter(None, [asker if number == 0 else "", fallback(part), *below]))
        made.append(Post(shortened(shown), (*beginning, markdown(part), *ending)))
    return made


def said(text: str) -> Post:
    """A sentence of ours."""
    return Post(shortened(text), (markdown(text),))


def markdown(text: str) -> Block:
    """Text as a model writes it."""
    return {"type": "markdown", "text": text}


def section(text: str) -> Block:
    """Text in Slack's own markup, at most 3,000 characters."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _asker(asked: Asked, *, locale: str) -> str:
    """Who asked what, where the question itself stands nowhere."""
    if asked.way != "command":
        return ""
    question = harmless(escaped(" ".join(asked.text.split())))
    cut = question if len(question) <= ASKED_LIMIT else f"{question[:ASKED_LIMIT]}…"
    return render("slack.asked", locale, user=f"<@{asked.user}>", question=cut)


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _ending(answer: Answer, asked: Asked, *, listed: Sequence[str], note: str, locale: str) -> list[Block]:
    ending = [section("\n".join(lines)) for lines in grouped(listed)]
    if note:
        ending.append(_context(note))
    if asked.way == "private":
        # Asked again for everybody, it rests on what everybody may read.
        return [*ending, _share(asked.text, locale=locale)] if len(asked.text) <= VALUE_LIMIT else ending
    if answer.outcome in ("answered", "quoted") and answer.sources:
        ending.append(_feedback(answer.id, locale=locale))
    return ending


def grouped(lines: Sequence[str]) -> list[list[str]]:
    """Lines in groups that fit into a section each."""
    groups: list[list[str]] = []
    size = SECTION_LIMIT
    for line in lines:
        if size + len(line) + 1 > SECTION_LIMIT:
            groups.append([])
            size = 0
        groups[-1].append(line)
        size += len(line) + 1
    return groups


def sources(cited: Sequence[Source], *, locale: str, at: datetime) -> list[str]:
    """A line of mrkdwn for each source: its number, a link with its title, the page, and when it was read."""
    shown = [_source(source, locale=locale, at=at) for source in cited[:SOURCES_SHOWN]]
    more = len(cited) - len(shown)
    return [*shown, render("slack.more_sources", locale, count=more)] if more > 0 else shown


def _source(source: Source, *, locale: str, at: datetime) -> str:
    label = harmless(escaped(" ".join(clipped(source.title, TITLE_LIMIT).split()))).replace("|", "/") or "?"
    page = [] if source.page is None else [render("slack.page", locale, page=source.page)]
    return " · ".join([f"[{source.number}] {linked(label, source.url)}", *page, _age(source, locale=locale, at=at)])


def linked(label: str, url: str | None) -> str:
    """The label in mrkdwn, a link where there is a page to open."""
    if url is None or len(url) > URL_LIMIT or urlsplit(url).scheme not in ("http", "https"):
        return label
    address = url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C").replace(" ", "%20")
    return f"<{address}|{label}>"


def _age(source: Source, *, locale: str, at: datetime) -> str:
    days = max((at - source.read_at).days, 0)
    return render("slack.read_today", locale) if days == 0 else render("slack.read_before", locale, days=days)


def _share(question: str, *, locale: str) -> Block:
    label = {"type": "plain_text", "text": render("slack.share", locale)}
    return {"type": "actions", "elements": [{"type": "button", "action_id": SHARE, "text": label, "value": question}]}


def _feedback(question: str, *, locale: str) -> Block:
    def button(code: str, value: str) -> Block:
        return {"text": {"type": "plain_text", "text": render(code, locale)}, "value": f"{value} {question}"}

    buttons = {
        "type": "feedback_buttons",
        "action_id": FEEDBACK,
        "positive_button": button("slack.good", "good"),
        "negative_button": button("slack.bad", "bad"),
    }
    return {"type": "context_actions", "elements": [buttons]}


def asking_why(question: str, channel: str, *, locale: str) -> Block:
    """A window that asks what an answer lacked."""

    def plain(code: str) -> Block:
        return {"type": "plain_text", "text": render(code, locale)}

    words = {"type": "plain_text_input", "action_id": WHY, "multiline": True, "max_length": REASON_LIMIT}
    return {
        "type": "modal",
        "callback_id": WHY,
        "private_metadata": f"{channel} {question}",
        "title": plain("slack_feedback.title"),
        "submit": plain("slack_feedback.send"),
        "close": plain("slack_feedback.close"),
        "blocks": [{"type": "input", "block_id": WHY, "label": plain("slack_feedback.label"), "element": words}],
    }


def fallback(text: str) -> str:
    """Markdown in Slack's own markup, for notifications and for clients that know no Markdown block."""
    linked = LINK.sub(lambda found: f"\x00{found[2]}|{found[1]}\x01", HEADING.sub(r"**\1**", text))
    return STRONG.sub(r"*\1*", escaped(linked)).replace("\x00", "<").replace("\x01", ">")


def shortened(text: str) -> str:
    """A text that any message takes, cut between words."""
    if len(text) <= FALLBACK_LIMIT:
        return text
    return f"{split(text, limit=FALLBACK_LIMIT)[0]} …"


def bare(whole: Sequence[Post]) -> list[Post]:
    """The same in plain texts, for a server that does not take these blocks."""
    text = "\n\n".join(_bare(post) for post in whole)
    return [Post(part) for part in split(text, limit=FALLBACK_LIMIT)]


def _bare(post: Post) -> str:
    texts = []
    for block in post.blocks:
        if block["type"] == "markdown":
            texts.append(fallback(block["text"]))
        elif block["type"] == "section":
            texts.append(block["text"]["text"])
        elif block["type"] == "context":
            texts.extend(element["text"] for element in block["elements"])
    return "\n\n".join(texts) or post.text
