"""Discord's markup: what people wrote as plain text, and text of ours that calls nobody and shows as it is."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

JOINER = "\u2060"
"""Takes no room and is not seen, but keeps Discord from reading what it stands in as a mention."""
TAG = re.compile(
    r"""<(?: @!?(?P<user>[0-9]{1,20})
           | @&(?P<role>[0-9]{1,20})
           | \#(?P<channel>[0-9]{1,20})
           | /(?P<command>[^:<>\n]{1,100}):[0-9]{1,20}
           | a?:(?P<emoji>\w{1,64}):[0-9]{1,20}
           | t:(?P<time>-?[0-9]{1,12})(?::[a-zA-Z])?
           | id:(?P<page>[a-z-]{1,40})
           | (?P<link>https?://[^<>\s]{1,2000}) )>""",
    re.VERBOSE,
)
MENTION = re.compile(r"(<@[!&]?[0-9]{1,20}>)[ \t]*")
CALLS = re.compile(r"<(?=@[!&]?[0-9]|#[0-9]|/[^<>\n:]{1,100}:[0-9]|id:)|@(?=everyone|here)", re.IGNORECASE)
SPECIAL = re.compile(r"([\\`*_~|<>\[\]()#:@-])")
ESCAPED = re.compile(r"\\([\\`*_~|<>\[\]()#:@-])")


def plain(text: str, *, me: str = "", roles: Collection[str] = (), names: Mapping[str, str] | None = None) -> str:
    """What a person wrote, without mentions of `me` and of its own `roles`; `names` says what others are called."""
    own = {f"<@{me}>", f"<@!{me}>", *(f"<@&{role}>" for role in roles)}
    without_me = MENTION.sub(lambda found: "" if found[1] in own else found[0], text)
    return TAG.sub(lambda found: _spoken(found, names or {}), without_me).strip()


def mentions(text: str, user: str) -> bool:
    """Whether this user is mentioned in the text itself."""
    return bool(user) and re.search(rf"<@!?{re.escape(user)}>", text) is not None


def calls_others(text: str, *, me: str) -> bool:
    """Whether a text begins by speaking to somebody else."""
    first = re.match(r"\s*<@[!&]?([0-9]+)>", text)
    return first is not None and first[1] != me


def harmless(text: str) -> str:
    """The text with every mention broken: nobody is called by what a model or a document says."""
    return CALLS.sub(lambda found: found[0] + JOINER, text)


def escaped(text: str) -> str:
    """Text that Discord shows literally, with nothing set off and nobody called."""
    return harmless(SPECIAL.sub(r"\\\1", text))


def unescaped(text: str) -> str:
    """The text that `escaped` was given."""
    return ESCAPED.sub(r"\1", text.replace(JOINER, ""))


def _spoken(found: re.Match[str], names: Mapping[str, str]) -> str:
    """How a person would read what stands between angle brackets."""
    kind, value = found.lastgroup, found[found.lastgroup or 0]
    if kind in ("user", "role"):
        return f"@{names.get(value, value)}"
    if kind == "channel":
        return f"#{names.get(value, value)}"
    if kind == "command":
        return f"/{value}"
    if kind == "emoji":
        return f":{value}:"
    return _day(int(value)) if kind == "time" else value


def _day(seconds: int) -> str:
    """A moment as everybody reads it; Discord shows it in each reader's own zone."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return str(seconds)
