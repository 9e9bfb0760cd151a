"""Reads sitemaps, written as XML or plain text, packed or not, and the lines of robots.txt that name them.

They are strangers' files: entities are refused, and every length, depth and number has a bound. Pure.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from xml.parsers import expat

from core.errors import Refused

MOST_BYTES = 50 * 1024 * 1024
MOST_ENTRIES = 50_000
LONGEST_URL = 2_048
"""These three are the limits of the sitemap protocol; what goes beyond the last two is left out."""
MOST_ELEMENTS = 1_000_000
DEEPEST = 50
MOST_NAMED = 20
STEP = 64 * 1024
GZIP = 16 + zlib.MAX_WBITS
SKEW = timedelta(days=1)
"""By which the clock of a site may be fast."""

_NAMED = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2048})[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_LINK = re.compile(r"https?://\S{1,2040}", re.IGNORECASE)
_ENTRY = {"urlset": "url", "sitemapindex": "sitemap"}
_FIELDS = ("loc", "lastmod")


@dataclass(frozen=True, slots=True)
class Entry:
    """A page or a sitemap that is listed, and when it last changed if that is told: at the latest then."""

    url: str
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists: pages, or other sitemaps."""

    entries: tuple[Entry, ...]
    is_index: bool = False


def read_sitemap(data: bytes) -> Sitemap | None:
    """None where it is none. Raises Refused for one that is damaged, too large, or declares entities."""
    if not data.startswith(b"\x1f\x8b"):
        return _read([data[at : at + STEP] for at in range(0, min(len(data), MOST_BYTES), STEP)])
    return _read(_unpacked(data))


def named_in_robots(data: bytes) -> tuple[str, ...]:
    """The sitemaps that a robots.txt names, in order."""
    found = _NAMED.findall(data.decode("utf-8-sig", "replace"))
    return tuple(dict.fromkeys(found))[:MOST_NAMED]


def trustworthy(entries: Sequence[Entry], *, now: datetime) -> bool:
    """Whether a sitemap knows when its pages changed: of all of them, not in the future, and not of all the same, which
    is when it was made itself."""
    moments = {entry.changed for entry in entries if entry.changed is not None}
    if not moments or any(entry.changed is None for entry in entries):
        return False
    return max(moments) <= now + SKEW and (len(moments) > 1 or len(entries) == 1)


def _read(pieces: "Sequence[bytes] | Iterator[bytes]") -> Sitemap | None:
    parts = iter(pieces)
    first = next(parts, b"")
    if first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or first.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _Xml().read(first, parts)
    return _text(first, parts)


def _unpacked(data: bytes) -> Iterator[bytes]:
    """What gzip holds, in steps, up to the bound."""
    unpacking, size = zlib.decompressobj(GZIP), 0
    try:
        while data and not unpacking.eof:
            piece = unpacking.decompress(data, STEP)
            data = unpacking.unconsumed_tail
            size += len(piece)
            if size > MOST_BYTES:
                raise Refused("sitemap.too_large", limit=MOST_BYTES // (1024 * 1024))
            yield piece
    except zlib.error as error:
        raise Refused("sitemap.damaged") from error


def _text(first: bytes, parts: Iterator[bytes]) -> Sitemap | None:
    """A link in each line, and nothing else."""
    entries: list[Entry] = []
    rest = first
    for piece in chain(parts, [b"\n"]):
        *lines, rest = (rest + piece).splitlines(keepends=True) or [b""]
        if rest.endswith(b"\n"):
            lines, rest = [*lines, rest], b""
        for line in filter(None, (line.decode("utf-8-sig", "replace").strip() for line in lines)):
            if not _LINK.fullmatch(line):
                return None
            entries.append(Entry(line))
        if len(entries) >= MOST_ENTRIES or len(rest) > 2 * LONGEST_URL:
            break
    return Sitemap(tuple(entries[:MOST_ENTRIES])) if entries else None


class _Enough(Exception):
    """Nothing that comes after is looked at."""


class _Xml:
    """Collects the entries of one sitemap. Characters are only listened to inside of them, for they may be many."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._entity
        self._path: list[str] = []
        self._elements = 0
        self._entries: list[Entry] = []
        self._fields: dict[str, str] = {}
        self._root: str | None = None

    def read(self, first: bytes, parts: Iterator[bytes]) -> Sitemap | None:
        try:
            self._parser.Parse(first)
            for piece in parts:
                self._parser.Parse(piece)
            if self._path and self._root in _ENTRY:
                raise Refused("sitemap.damaged")
        except _Enough:
            pass
        except (expat.ExpatError, ValueError, LookupError) as error:
            if self._root in _ENTRY:
                raise Refused("sitemap.damaged") from error
        if self._root not in _ENTRY:
            return None
        return Sitemap(tuple(self._entries), is_index=self._root == "sitemapindex")

    def _start(self, name: str, _: object) -> None:
        name = name.rpartition(":")[2]
        if self._root is None:
            self._root = name
        self._path.append(name)
        self._elements += 1
        if self._root not in _ENTRY or self._elements > MOST_ELEMENTS:
            raise _Enough
        if len(self._path) > DEEPEST:
            raise Refused("sitemap.damaged")
        if self._is_field():
            self._fields[name] = ""
            self._parser.CharacterDataHandler = self._characters

    def _end(self, _: str) -> None:
        if self._is_field():
            self._parser.CharacterDataHandler = None
        name = self._path.pop()
        if len(self._path) == 1 and name == _ENTRY[self._path[0]]:
            self._take()

    def _is_field(self) -> bool:
        return len(self._path) == 3 and self._path[1] == _ENTRY[self._path[0]] and self._path[2] in _FIELDS

    def _characters(self, text: str) -> None:
        # A character more than the bound tells that there were too many.
        name = self._path[-1]
        if len(self._path) == 3:
            self._fields[name] = (self._fields[name] + text)[: LONGEST_URL + 1]

    def _take(self) -> None:
        fields, self._fields = self._fields, {}
        url = fields.get("loc", "").strip()
        if url and len(url) <= LONGEST_URL:
            self._entries.append(Entry(url, _moment(fields.get("lastmod", "").strip())))
        if len(self._entries) >= MOST_ENTRIES:
            raise _Enough

    def _entity(self, *_: object) -> None:
        raise Refused("sitemap.entities")


def _moment(text: str) -> datetime | None:
    """A date stands for the end of its day, which nowhere on earth is later than this."""
    try:
        found = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return (found + timedelta(days=1) if len(text) <= len("2026-11-22") else found).astimezone(UTC)
    except OverflowError:
        return None
