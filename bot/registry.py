"""Where commands hand over and erase what is kept of somebody: the library itself, or the process that runs it."""

from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.reaching import reached
from bot.settings import Settings
from core.subjects import Subject
from core.types import Language

if TYPE_CHECKING:
    from core.erasing import Counts
    from core.saseo import Saseo

BY = "command line"
"""Who did it, in the audit log. A process that runs says instead that it was whoever has the token."""


class Registry(Protocol):
    """Everything raises Refused or Unavailable."""

    async def export(self, whose: Subject, target: Path) -> "Counts":
        """Writes an archive that is not there yet, and returns how much of each kind is in it."""
        ...

    async def count(self, whose: Subject, *, documents: bool) -> "Counts":
        """How much of each kind would be erased."""
        ...

    async def erase(self, whose: Subject, *, documents: bool) -> "Counts":
        """Erases it."""
        ...


def open_registry(settings: Settings, *, locale: Language = "en") -> AbstractAsyncContextManager[Registry]:
    """The running process when it holds the data directory: it remembers what would otherwise come back."""
    return reached(settings, partial(LocalRegistry, locale=locale), locale=locale)


class LocalRegistry:
    """The library in this process."""

    def __init__(self, saseo: "Saseo", *, locale: Language) -> None:
        self.saseo = saseo
        self._locale = locale

    async def export(self, whose: Subject, target: Path) -> "Counts":
        """From here."""
        return await self.saseo.exporting.export(whose, target, by=BY, locale=self._locale)

    async def count(self, whose: Subject, *, documents: bool) -> "Counts":
        """Counted here."""
        return await self.saseo.erasing.count(whose, documents=documents)

    async def erase(self, whose: Subject, *, documents: bool) -> "Counts":
        """Erased here."""
        return await self.saseo.erasing.erase(whose, by=BY, documents=documents)
