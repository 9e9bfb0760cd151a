"""What the people of a channel decided for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, Self

from core.errors import Refused
from core.types import Language, Session

Ingestion = Literal["auto", "ask", "off"]
"""Whether what is shared is read at once, after somebody agreed, or only when the bot is asked to."""
INGESTIONS: tuple[Ingestion, ...] = ("auto", "ask", "off")
Trigger = Literal["mention", "questions", "posts"]
"""What is answered: what is said to the bot, every question, or every post of a forum as well."""
TRIGGERS: tuple[Trigger, ...] = ("mention", "questions", "posts")
SessionScope = Literal["channel", "thread"]
SESSION_SCOPES: tuple[SessionScope, ...] = ("channel", "thread")
Tone = Literal["friendly", "formal", "brief"]
TONES: tuple[Tone, ...] = ("friendly", "formal", "brief")
LANGUAGES: tuple[Language, ...] = ("ko", "en")
INSTRUCTIONS_LIMIT = 1000
"""Characters."""
MOST_SOURCES = 20
SOURCE_LIMIT = 500
"""Characters of one of them."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """The settings of one channel. None: as usual."""

    ingestion: Ingestion | None = None
    """As usual it is `ask` in public channels and `auto` elsewhere; see `ingestion_at`."""
    enabled: bool = True
    """Whether the bot answers here at all."""
    notices: bool = True
    """Whether it speaks here by itself: of answers that changed, of answers that were found, of dead links."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Everything else, as JSON holds it: what this release does not know is kept as it is."""
    trigger: Trigger = "mention"
    session_scope: SessionScope | None = None
    """Whether a thread is a conversation by itself; as usual is as the program is set."""
    tone: Tone | None = None
    instructions: str = ""
    """How answers are to be written, at most `INSTRUCTIONS_LIMIT` characters."""
    sources: tuple[str, ...] = ()
    """What alone answers may rest on, see `core.narrowing`; empty: whatever their readers may read."""
    only_sources: bool = False
    """Whether nothing is said that rests on no document, not even a greeting."""
    languages: tuple[Language, ...] = ()
    """What is answered in; a question in another language is answered in the first. Empty: as it is asked."""

    def dump(self) -> dict[str, Any]:
        """As a store keeps it."""
        return {**self.more, **self.own()}

    def own(self) -> dict[str, Any]:
        """What this release knows, as JSON holds it."""
        plain = {name: getattr(self, name) for name in _READ}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}

    def chosen(self) -> dict[str, Any]:
        """What is not as usual, as JSON holds it."""
        usual = USUAL.own()
        return {name: value for name, value in self.own().items() if value != usual[name]}

    @classmethod
    def load(cls, saved: Mapping[str, Any]) -> Self:
        """What `dump` wrote, in this release or in another one; a value that makes no sense counts as not set."""
        known: dict[str, Any] = {}
        for name in _READ.keys() & saved.keys():
            try:
                known[name] = _READ[name](saved[name])
            except (TypeError, ValueError):
                continue
        return cls(**known, more={name: value for name, value in saved.items() if name not in _READ})

    def spoken(self, asked: Language) -> Language:
        """The language to answer in, for a question in this one."""
        return self.languages[0] if self.languages and asked not in self.languages else asked


def changed(settings: ChannelSettings, changes: Mapping[str, Any]) -> ChannelSettings:
    """The same with these changes, as JSON holds them. Raises Refused, which names the first that makes no sense."""
    read = {}
    for name, value in changes.items():
        try:
            read[name] = _READ[name](value)
        except (KeyError, TypeError, ValueError) as error:
            raise _fault(name, value) from error
    return replace(settings, **read)


def _fault(name: str, value: Any) -> Refused:
    if name == "instructions" and isinstance(value, str):
        return Refused("channels.bad_instructions", limit=INSTRUCTIONS_LIMIT, field=name)
    if name == "sources" and isinstance(value, Sequence):
        return Refused("channels.bad_sources", most=MOST_SOURCES, limit=SOURCE_LIMIT, field=name)
    return Refused("channels.bad_value", name=str(name)[:100], field=name)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _choice(*known: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value not in known:
            raise ValueError
        return value

    return read


def _choice_or_usual(*known: str) -> Callable[[Any], Any]:
    read = _choice(*known)
    return lambda value: None if value is None else read(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    # A window sends what was written with the line ends of its system.
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char if char.isprintable() or char == "\n" else " " for char in lines).strip()
    if len(kept) > INSTRUCTIONS_LIMIT:
        raise ValueError
    return kept


def _sources(value: Any) -> tuple[str, ...]:
    names = _strings(value)
    kept = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(kept) > MOST_SOURCES or any(len(name) > SOURCE_LIMIT or not name.isprintable() for name in kept):
        raise ValueError
    return kept


def _languages(value: Any) -> tuple[Any, ...]:
    names = _strings(value)
    if any(name not in LANGUAGES for name in names):
        raise ValueError
    return tuple(dict.fromkeys(names))


def _strings(value: Any) -> Sequence[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError
    return value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "ingestion": _choice_or_usual(*INGESTIONS),
    "enabled": _switch,
    "notices": _switch,
    "trigger": _choice(*TRIGGERS),
    "session_scope": _choice_or_usual(*SESSION_SCOPES),
    "tone": _choice_or_usual(*TONES),
    "instructions": _text,
    "sources": _sources,
    "only_sources": _switch,
    "languages": _languages,
}
"""What there is to set, and how it is read. Each raises TypeError or ValueError for what makes no sense."""
FIELDS: tuple[str, ...] = tuple(_READ)
USUAL = ChannelSettings()


def differing(before: ChannelSettings, after: ChannelSettings) -> str:
    """The names of what is not the same any more, with commas."""
    earlier, later = before.own(), after.own()
    return ", ".join(name for name in FIELDS if earlier[name] != later[name])


def ingestion_at(settings: ChannelSettings, *, public: bool) -> Ingestion:
    """What happens to a file that is shared in a channel, public or not, with these settings."""
    return settings.ingestion or ("ask" if public else "auto")


def channel_of(session: Session) -> Session:
    """The channel of a session; a thread that is a session of its own is spelled `C1/17.4`."""
    return Session(session.platform, session.workspace, session.channel.partition("/")[0] or session.channel)


@dataclass(frozen=True, slots=True)
class KnownChannel:
    """A channel in which somebody has asked or set something."""

    session: Session
    settings: ChannelSettings


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """One page of a list of channels; `next` is the cursor of the following page."""

    channels: tuple[KnownChannel, ...]
    next: str | None = None


class Channels(Protocol):
    """The settings of every channel. A session of a thread has those of its channel."""

    async def get(self, session: Session) -> ChannelSettings:
        """Its settings; the usual ones where nobody has changed any."""
        ...

    async def put(self, session: Session, settings: ChannelSettings) -> None:
        """Replaces its settings."""
        ...

    async def note(self, session: Session) -> None:
        """The channel is known from now on, with the usual settings unless it has others."""
        ...

    async def page(self, *, within: str = "", after: str | None = None, limit: int = 50) -> ChannelPage:
        """The channels that are known and whose name begins like this, by name, from the cursor `after` on."""
        ...

    async def erase(self, prefix: str) -> None:
        """Forgets those of a channel or of a workspace; prefixes as in `core.shares.within`."""
        ...
