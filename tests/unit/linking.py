"""A web of pages for tests about links, and a core that reads it."""

import asyncio
from dataclasses import replace

from core.backends.memory_world import MemoryFetcher, PlainReader
from core.errors import Refused, SaseoError
from core.ports import Fetched
from core.types import Reading
from tests.fakes.saseo import Core
from tests.unit.knowing import documents

PAGE = "https://example.com/docs/leave"
TEXT = "Leave is 25 days a year. Whoever takes more than three of them in a row says so a week before."


def named(address: str, text: str = TEXT) -> bytes:
    """A page that says which address it has; the reader of these tests takes a line for a block."""
    return f"<link rel='canonical' href='{address}'>\n\n{text}".encode()


class Web(MemoryFetcher):
    """A web in which some addresses pass on to others, and which can be made to wait."""

    def __init__(self, pages: dict[str, bytes | SaseoError], passed_on: dict[str, str] | None = None) -> None:
        super().__init__(pages)
        self.passed_on = passed_on or {}
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        self.asked.set()
        await self.go_on.wait()
        final = self.passed_on.get(url, url)
        return replace(await super().fetch(final, etag=etag, modified=modified), url=final)


class Walled(PlainReader):
    """A reader that refuses every page for one reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        raise Refused(self.reason, name=name)


class Every(MemoryFetcher):
    """A web in which every address is the same."""

    def __init__(self, page: bytes | SaseoError) -> None:
        super().__init__({})
        self.page = page

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        self.pages[url] = self.page
        return await super().fetch(url, etag=etag, modified=modified)


def core_of(pages: dict[str, bytes | SaseoError], passed_on: dict[str, str] | None = None) -> Core:
    return Core(fetcher=Web(pages, passed_on))


async def urls(core: Core) -> set[str | None]:
    return {document.url for document in await documents(core)}


def web_of(core: Core) -> Web:
    """The web that a core reads."""
    if not isinstance(core.fetcher, Web):
        raise TypeError("a core of another web")
    return core.fetcher
