"""What the people of a channel decided for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self

from core.types import Session

Ingestion = Literal["auto", "ask", "off"]
"""Whether what is shared is read at once, after somebody agreed, or only when the bot is asked to."""
INGESTIONS: tuple[Ingestion, ...] = ("auto", "ask", "off")


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """The settings of one channel."""

    ingestion: Ingestion | None = None
    """None: as usual, which is `ask` in public channels and `auto` elsewhere; see `ingestion_at`."""
    enabled: bool = True
    """Whether the bot answers here at all."""
    notices: bool = True
    """Whether it speaks here by itself: of answers that changed, of answers that were found, of dead links."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Everything else, as JSON holds it: what this release does not know is kept as it is."""

    def dump(self) -> dict[str, Any]:
        """As a store keeps it."""
        own = {"ingestion": self.ingestion, "enabled": self.enabled, "notices": self.notices}
        return {**self.more, **own}

    @classmethod
    def load(cls, saved: Mapping[str, Any]) -> Self:
        """What `dump` wrote, in this release or in another one; a value that makes no sense counts as not set."""
        rest = dict(saved)
        ingestion, enabled, notices = (rest.pop(name, None) for name in ("ingestion", "enabled", "notices"))
        return cls(
            ingestion=ingestion if ingestion in INGESTIONS else None,
            enabled=enabled is not False,
            notices=notices is not False,
            more=rest,
        )


def ingestion_at(settings: ChannelSettings, *, public: bool) -> Ingestion:
    """What happens to a file that is shared in a channel, public or not, with these settings."""
    return settings.ingestion or ("ask" if public else "auto")


def channel_of(session: Session) -> Session:
    """The channel of a session; a thread that is a session of its own is spelled `C1/17.4`."""
    return Session(session.platform, session.workspace, session.channel.partition("/")[0] or session.channel)


class Channels(Protocol):
    """The settings of every channel. A session of a thread has those of its channel."""

    async def get(self, session: Session) -> ChannelSettings:
        """Its settings; the usual ones where nobody has changed any."""
        ...

    async def put(self, session: Session, settings: ChannelSettings) -> None:
        """Replaces its settings."""
        ...

    async def erase(self, prefix: str) -> None:
        """Forgets those of a channel or of a workspace; prefixes as in `core.shares.within`."""
        ...
