"""Who does what a command asks for: the process that already runs the library, or the library opened here."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from bot.place import hold_place, running
from bot.settings import Settings
from core.types import Language

if TYPE_CHECKING:
    from bot.remote import RemoteDesk
    from core.saseo import Saseo

Here = TypeVar("Here")


@asynccontextmanager
async def reached(
    settings: Settings, here: Callable[["Saseo"], Here], *, locale: Language, wait: float = 0
) -> AsyncIterator["RemoteDesk | Here"]:
    """The running process where one holds the data directory and has an API, otherwise what `here` makes of the
    library. Another command that holds it is waited for so many seconds. Raises Refused or Unavailable."""
    other = running(settings)
    if other is not None and other.url is not None:
        from bot.remote import open_remote

        async with open_remote(other.url, settings, locale=locale) as remote:
            yield remote
        return

    from bot.wiring import open_saseo

    # Waiting for the lock blocks nobody: nothing else runs in this process yet.
    with hold_place(settings, wait=wait) as place:
        async with open_saseo(settings, place=place) as saseo:
            yield here(saseo)
