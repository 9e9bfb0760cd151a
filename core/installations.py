"""Where the app is installed: a token for each workspace, and the workspaces that it has left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from core.types import now


@dataclass(frozen=True, slots=True)
class Installation:
    """The app in one workspace of a platform."""

    platform: str
    workspace: str
    token: str = field(repr=False)
    about: Mapping[str, Any] = field(default_factory=dict)
    """What the platform told of it, as JSON holds it; no secrets."""
    refresh_token: str = field(default="", repr=False)
    """Gets the next token where tokens expire; empty: they do not."""
    expires_at: datetime | None = None
    installed_at: datetime = field(default_factory=now)


class Installations(Protocol):
    """The installations. Tokens are kept so that whoever reads the disk cannot use them."""

    async def find(self, platform: str, workspace: str) -> Installation | None:
        """The installation in a workspace. Raises Refused where the key that it was kept with is lost."""
        ...

    async def save(self, installation: Installation) -> None:
        """Keeps an installation in the place of the one before. The workspace is not being left any more."""
        ...

    async def workspaces(self, platform: str) -> Sequence[str]:
        """The workspaces where the app is installed, by name."""
        ...

    async def renew(self) -> int:
        """Keeps every token with the newest key, so that older ones may go; how many no key opens."""
        ...

    async def remove(self, platform: str, workspace: str) -> None:
        """Erases an installation where there is one, and notes that the workspace is being left."""
        ...

    async def leaving(self, platform: str) -> Sequence[str]:
        """The workspaces that are being left: what belongs to them may still be there."""
        ...

    async def left(self, platform: str, workspace: str) -> None:
        """Nothing of a workspace is there any more."""
        ...


class Seal(Protocol):
    """Closes texts so that only this bot can open them, also after a restart."""

    def close(self, text: str) -> str:
        """The text, closed: letters, digits, hyphens and underscores. Raises Refused where there is no key."""
        ...

    def open(self, sealed: str) -> str | None:
        """What was closed with one of the keys; None for anything else. Raises like `close`."""
        ...

    def mark(self, text: str) -> str:
        """A short name for a text, always the same, that tells nothing of it to whoever does not have the key. Raises
        like `close`."""
        ...
