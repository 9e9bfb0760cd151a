"""The words of the project: frozen values that every part speaks. Times are aware and UTC."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple, Self

Metadata = Mapping[str, str | int | float | bool | None]
Outcome = Literal["answered", "not_found", "quoted", "failed"]
State = Literal["ready", "refused", "dead"]
Role = Literal["human", "ai"]
Language = Literal["ko", "en", "other"]

SCOPE_KINDS = ("public", "guide", "workspace", "channel", "dm")


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation: the channel of a workspace of a platform. `str()` gives `slack:T1:C1`."""

    platform: str
    workspace: str
    channel: str

    def __post_init__(self) -> None:
        if not self.platform or ":" in self.platform or ":" in self.workspace:
            raise ValueError("a platform and a workspace are names without a colon")
        if not self.channel:
            raise ValueError("a session needs a channel")

    def __str__(self) -> str:
        return f"{self.home}:{self.channel}"

    @property
    def home(self) -> str:
        """Its workspace with the platform, spelled `slack:T1`."""
        return f"{self.platform}:{self.workspace}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The session that `str()` spelled; ValueError when it is none."""
        platform, colon, rest = text.partition(":")
        workspace, second, channel = rest.partition(":")
        if not colon or not second:
            raise ValueError(f"not a session: {text!r}")
        return cls(platform, workspace, channel)


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """The people who may read a document, as `public`, `workspace:slack:T1` or `channel:slack:T1:C1`."""

    name: str

    def __post_init__(self) -> None:
        kind, _, rest = self.name.partition(":")
        if kind not in SCOPE_KINDS or (kind in ("public", "guide")) == bool(rest):
            raise ValueError(f"not a scope: {self.name!r}")

    def __str__(self) -> str:
        return self.name

    def belongs_to(self, workspace: str) -> bool:
        """Whether its people are those of a workspace, spelled `slack:T1`, or some of them."""
        kind, _, rest = self.name.partition(":")
        return rest == workspace if kind == "workspace" else rest.startswith(f"{workspace}:")

    @classmethod
    def workspace(cls, platform: str, workspace: str) -> Self:
        """Everybody in a workspace."""
        return cls(f"workspace:{platform}:{workspace}")

    @classmethod
    def channel(cls, session: Session) -> Self:
        """The members of one channel."""
        return cls(f"channel:{session}")

    @classmethod
    def direct(cls, session: Session) -> Self:
        """The people of one direct message."""
        return cls(f"dm:{session}")


PUBLIC = Scope("public")
GUIDE = Scope("guide")
"""Saseo's own documentation: everybody may read it, and it answers only where nothing else does."""


@dataclass(frozen=True, slots=True)
class Audience:
    """The scopes that everybody who will see an answer may read. Empty: nothing."""

    scopes: frozenset[Scope] = frozenset()

    def __contains__(self, scope: object) -> bool:
        return scope in self.scopes

    @classmethod
    def of(cls, *scopes: Scope) -> Self:
        """An audience that may read just these scopes."""
        return cls(frozenset(scopes))


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Role
    text: str
    at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True)
class Question:
    """A question to answer. `id` is the platform's own, so that a redelivery is recognised."""

    id: str
    session: Session
    text: str
    audience: Audience
    author: str = ""
    locale: Language = "en"
    context: tuple[Turn, ...] = ()
    """What was said before in a thread that the bot joins in its middle."""
    filters: Metadata = field(default_factory=dict)
    limit: int = 5
    """How many sources the answer may rest on, 1 to 50."""
    thread: str = ""
    """The conversation it belongs to, by a name of the platform's own, as the inbox has it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document as its author wrote it: a paragraph, a list, a table, a slide."""

    text: str
    heading: tuple[str, ...] = ()
    """The headings above it, outermost first."""
    page: int | None = None
    """The page, slide or sheet, counted from 1, where the format has one."""
    anchor: str = ""
    """Names the heading that it stands under within the page, where the page names it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader got out of a file."""

    blocks: tuple[Block, ...]
    title: str | None = None
    media_type: str = "text/plain"

    @property
    def text(self) -> str:
        """The whole text; a passage's offsets count its characters."""
        return "\n\n".join(block.text for block in self.blocks)


class PassageKey(NamedTuple):
    """Names a passage in an index. A replaced document gets a new version, so old keys never match.

    A tuple, because a question makes and compares thousands of keys.
    """

    document_id: str
    version: int
    ordinal: int

    def __str__(self) -> str:
        return f"{self.document_id}:{self.version}:{self.ordinal}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that `str()` spelled."""
        document_id, version, ordinal = text.rsplit(":", 2)
        return cls(document_id, int(version), int(ordinal))


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document: `text` is `Reading.text[start:end]`, verbatim."""

    document_id: str
    version: int
    ordinal: int
    text: str
    heading: str = ""
    page: int | None = None
    start: int = 0
    end: int = 0
    profile: bytes = field(default=b"", compare=False, repr=False)
    """The text as ranking looks at it, see `core.profile`; empty where nobody has taken it apart."""
    anchor: str = ""

    @property
    def key(self) -> PassageKey:
        """Its name in an index."""
        return PassageKey(self.document_id, self.version, self.ordinal)


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the library as the catalogue knows it."""

    id: str
    title: str
    origin: str
    """Where it came from, e.g. `upload:handbook.pdf`, `link:https://...`, `api:<digest>`."""
    scope: Scope
    digest: str = ""
    url: str | None = None
    media_type: str = "text/plain"
    state: State = "ready"
    version: int = 0
    passage_count: int = 0
    metadata: Metadata = field(default_factory=dict)
    etag: str | None = None
    modified: str | None = None
    """The Last-Modified header of the last fetch, verbatim."""
    refresh_seconds: int | None = None
    """What somebody asked for, in seconds; None: as its changes teach."""
    pace: int | None = None
    """Seconds between two looks, as its changes have taught so far."""
    read_at: datetime = field(default_factory=now)
    next_check_at: datetime | None = None
    failures: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One page of a list of documents; `next` is the cursor of the following page."""

    documents: tuple[Document, ...]
    total: int
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What an answer rests on. `excerpt` stands verbatim in the document."""

    number: int
    document_id: str
    title: str
    excerpt: str
    url: str | None = None
    page: int | None = None
    heading: str = ""
    score: float = 0.0
    read_at: datetime = field(default_factory=now)
    metadata: Metadata = field(default_factory=dict)
    version: int = 0
    """With `ordinal`, names the passage among those of the document."""
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a model call was billed."""

    prompt: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a question. `elapsed` is in seconds; `reference` finds a failure in the log."""

    id: str
    text: str
    outcome: Outcome
    sources: tuple[Source, ...] = ()
    further: tuple[Source, ...] = ()
    """What was found beside the cited sources, numbered after them."""
    nearest: tuple[str, ...] = ()
    """Titles of the nearest documents when the answer was not found."""
    model: str | None = None
    usage: Usage = Usage()
    elapsed: float = 0.0
    reference: str | None = None


def digest(data: bytes | str) -> str:
    """SHA-256 in hexadecimal; text counts as UTF-8 (lone surrogates as they are)."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return hashlib.sha256(raw).hexdigest()


def identify(*parts: str) -> str:
    """A short stable id of these parts: 20 hexadecimal digits."""
    return digest("\x1f".join(parts))[:20]
