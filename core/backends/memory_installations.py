"""The installations in memory: a small, real twin of the durable ones, and a seal that keeps what it closes."""

import secrets
from collections.abc import Sequence

from core.installations import Installation
from core.types import digest

MARK = 20
"""Digits."""


class MemoryInstallations:
    """`Installations` in memory."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Installation] = {}
        self._leaving: dict[tuple[str, str], None] = {}

    async def find(self, platform: str, workspace: str) -> Installation | None:
        """The installation in a workspace."""
        return self._kept.get((platform, workspace))

    async def save(self, installation: Installation) -> None:
        """Keeps an installation in the place of the one before."""
        name = (installation.platform, installation.workspace)
        self._kept[name] = installation
        self._leaving.pop(name, None)

    async def workspaces(self, platform: str) -> Sequence[str]:
        """The workspaces where the app is installed, by name."""
        return sorted(workspace for where, workspace in self._kept if where == platform)

    async def remove(self, platform: str, workspace: str) -> None:
        """Erases an installation, and notes that the workspace is being left."""
        self._kept.pop((platform, workspace), None)
        self._leaving[platform, workspace] = None

    async def leaving(self, platform: str) -> Sequence[str]:
        """The workspaces that are being left, by name."""
        return sorted(workspace for where, workspace in self._leaving if where == platform)

    async def renew(self) -> int:
        """There is no key that could be lost."""
        return 0

    async def left(self, platform: str, workspace: str) -> None:
        """Nothing of a workspace is there any more."""
        self._leaving.pop((platform, workspace), None)


class MemorySeal:
    """`Seal` in memory: what is closed is kept under a name that nobody can guess."""

    def __init__(self) -> None:
        self._closed: dict[str, str] = {}
        self._key = secrets.token_hex(16)

    def close(self, text: str) -> str:
        """A fresh name for the text."""
        name = secrets.token_urlsafe(32)
        self._closed[name] = text
        return name

    def open(self, sealed: str) -> str | None:
        """The text with this name."""
        return self._closed.get(sealed)

    def mark(self, text: str) -> str:
        """Always the same name as long as it lives."""
        return digest(self._key + text)[:MARK]
