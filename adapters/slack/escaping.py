"""Slack's escaping: what people wrote as plain text, and text of ours that mentions nobody."""

import re

TAG = re.compile(r"<([^<>\n]*)>")
ENTITY = re.compile(r"&(amp|lt|gt);")
CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
JOINER = "\u2060"
"""Takes no room and is not seen, but keeps Slack from reading what it stands in as a mention."""
CALLS = re.compile(r"<(?=[!@#])|(?<!\w)@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
UNSURE = re.compile(r"(?:<|(?<!\w)@[a-z]{0,8})\Z", re.IGNORECASE)
"""The end of a text that may become a call with what follows it."""


def plain(text: str, *, me: str) -> str:
    """What a person wrote, without the mention of `me` and without Slack's escapes."""
    without_me = re.sub(rf"<@{re.escape(me)}(?:\|[^<>]*)?>[ \t]*", "", text) if me else text
    spoken = TAG.sub(lambda found: _spoken(found[1]), without_me)
    return ENTITY.sub(lambda found: CHARACTERS[found[1]], spoken).strip()


def mentions(text: str, user: str) -> bool:
    """Whether this user is mentioned."""
    return bool(user) and re.search(rf"<@{re.escape(user)}(?:\|[^<>]*)?>", text) is not None


def calls_others(text: str, *, me: str) -> bool:
    """Whether a text begins by speaking to somebody else."""
    first = re.match(r"\s*<@([A-Z0-9]+)", text)
    return first is not None and first[1] != me


def _spoken(tag: str) -> str:
    """How a person would read what stands between angle brackets."""
    target, bar, label = tag.partition("|")
    kind, name = target[:1], target[1:]
    if kind == "@":
        return f"@{label or name}"
    if kind == "#":
        return f"#{label or name}"
    if kind == "!":
        return label if bar and label else f"@{name.partition('^')[0]}"
    if target.startswith("mailto:"):
        return label or target.removeprefix("mailto:")
    if not label or label in target:
        return target
    return f"{label} ({target})"


def harmless(text: str) -> str:
    """The text with every mention broken: nobody is called by what a model or a document says."""
    return CALLS.sub(lambda found: found[0] + JOINER, text)


def settled(text: str) -> str:
    """The text without an end that may yet become a call."""
    return UNSURE.sub("", text)


def escaped(text: str) -> str:
    """Text as mrkdwn shows it literally."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
