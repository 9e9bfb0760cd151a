"""How the stores write values down: moments, text of any kind, turns, cursors and what filters compare."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from core.answers import DAYS_KEPT
from core.channels import ChannelPage, ChannelSettings, KnownChannel
from core.errors import Refused
from core.types import Document, Metadata, Session, Turn, digest, identify

Value = str | int | float | bool | None

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LONGEST_SECONDS = 10 * 365 * 24 * 3600
PAGE_LIMIT = 1000
TURNS_KEPT = 200
ANSWERS_KEPT = 100_000
KEPT_FINISHED = 31 * 24 * 3600 * 1_000_000
"""How long the inbox knows what is finished, in microseconds."""
ANSWERS_KEPT_FOR = DAYS_KEPT * 24 * 3600 * 1_000_000
"""How long a question is kept, in microseconds."""
LAST = "\x7f"
"""Stands behind everything that an escaped name can go on with."""
CURSOR = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})")


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware moment."""
    return (moment - EPOCH) // MICROSECOND


def moment(count: int) -> datetime:
    """The moment, in UTC, that `micros` wrote down."""
    return EPOCH + count * MICROSECOND


def lifetime(seconds: float) -> int:
    """Seconds as whole microseconds, at least a thousand and at most ten years."""
    return round(min(max(seconds, 0.001), LONGEST_SECONDS) * 1_000_000)


def raw(text: str) -> bytes:
    """Text as UTF-8. Lone surrogates pass, because text from outside may hold them."""
    return text.encode("utf-8", "surrogatepass")


def text(data: bytes) -> str:
    """The text that `raw` wrote down."""
    return data.decode("utf-8", "surrogatepass")


def fold(title: str) -> str:
    """A title as a search in any case compares it; composed and decomposed Hangul are one."""
    return unicodedata.normalize("NFKC", title).casefold()


def escape(name: str) -> str:
    """A name in printable ASCII, so that it can stand in a list in JSON whatever it holds."""
    return name.encode("unicode_escape").decode("ascii")


def listed(names: Iterable[str]) -> str:
    """Names as one value that SQLite's `json_each` takes apart into what `escape` wrote down."""
    return json.dumps([escape(name) for name in names])


def unescape(name: str) -> str:
    """The name that `escape` wrote down."""
    return name.encode("ascii").decode("unicode_escape")


def write_metadata(metadata: Metadata) -> bytes:
    """Metadata as JSON; every string comes back as it was."""
    return raw(json.dumps(dict(metadata), ensure_ascii=False))


def read_metadata(data: bytes) -> Metadata:
    """The metadata that `write_metadata` wrote down."""
    loaded: Metadata = json.loads(text(data))
    return loaded


def write_turn(turn: Turn) -> bytes:
    """A turn as JSON."""
    return raw(json.dumps([turn.role, turn.text, micros(turn.at)], ensure_ascii=False))


def read_turn(data: bytes) -> Turn:
    """The turn that `write_turn` wrote down."""
    role, said, at = json.loads(text(data))
    return Turn(role, said, moment(at))


def workspace_key(platform: str, workspace: str) -> str:
    """How the names of everything that belongs to a workspace begin."""
    return f"{identify(platform, workspace)}:"


def place_key(session: Session) -> str:
    """A name that begins with the prefix of the session's workspace and channel, as `core.shares.within` gives it."""
    return escape(f"{session.platform}:{session.workspace}:{session.channel.replace('/', ':')}:")


def place_after(cursor: str | None) -> str:
    """The place behind which a page of channels begins. Raises Refused for what no page has given."""
    if cursor is None:
        return ""
    try:
        return place_key(Session.parse(cursor))
    except ValueError as error:
        raise Refused("store.cursor") from error


def channel_page(rows: Sequence[tuple[Any, ...]], *, limit: int) -> ChannelPage:
    """Channels from rows of their places and settings, of which there is one more where another page follows."""
    known = tuple(
        KnownChannel(Session.parse(unescape(place).removesuffix(":")), ChannelSettings.load(json.loads(text(saved))))
        for place, saved in rows[:limit]
    )
    return ChannelPage(known, str(known[-1].session) if len(rows) > limit else None)


def session_key(session: Session) -> str:
    """A safe name for a session whose own name may be long or hostile."""
    return workspace_key(session.platform, session.workspace) + digest(str(session))


def facet(name: str, value: Value) -> str:
    """What a filter compares: equal for equal names and values of the same JSON type.

    Numbers are one type (1 is 1.0); a number is no string and no boolean.
    """
    plain = json.dumps([name, _kind(value), _canonical(value)], ensure_ascii=False)
    return blake2b(raw(plain), digest_size=16).hexdigest()


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "null" if value is None else "string"


def _canonical(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return hex(int(value))
    return repr(value)


def facets(document: Document) -> frozenset[str]:
    """Everything a filter may say about a document and be right."""
    own: Metadata = {
        "document_id": document.id,
        "title": document.title,
        "url": document.url,
        "media_type": document.media_type,
        "origin": document.origin,
    }
    return wanted(document.metadata) | wanted(own)


def wanted(filters: Metadata) -> frozenset[str]:
    """The facets that a document must have to match every filter."""
    return frozenset(facet(name, value) for name, value in filters.items())


def write_cursor(read_at: int, number: int) -> str:
    """Where a page of documents ended."""
    return f"{read_at}.{number}"


def read_cursor(cursor: str) -> tuple[int, int]:
    """The place that `write_cursor` wrote down. Raises Refused for anything else."""
    found = CURSOR.fullmatch(cursor)
    if not found:
        raise Refused("store.cursor")
    return int(found[1]), int(found[2])
