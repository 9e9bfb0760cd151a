"""A core that files are shared with."""

import asyncio

from core.backends.memory_world import PlainReader
from core.library import Added
from core.shares import Share
from core.types import Audience, Document, Reading, Scope, Session
from tests.fakes.saseo import Core

TEAM = Scope.workspace("slack", "T1")
GENERAL = Session("slack", "T1", "C1")
RANDOM = Session("slack", "T1", "C2")
SECRET = Session("slack", "T1", "G1")
FILE = "slack:T1:file:F1"
PAGE = "https://example.com/faq"
LEAVE = b"Leave is 25 days."


class Gate(PlainReader):
    """A reader that waits until it may go on."""

    def __init__(self) -> None:
        self.began, self.go_on = asyncio.Event(), asyncio.Event()

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        self.began.set()
        await self.go_on.wait()
        return await super().read(data, name=name, media_type=media_type)


def share(session: Session = GENERAL, message: str = "1", item: str = "F1") -> Share:
    return Share(session, message, item)


async def shared(core: Core, *, where: Share | None = None, scope: Scope = TEAM, data: bytes = LEAVE) -> Added:
    return await core.knowledge.share_file(
        data, name="h.txt", origin=FILE, scope=scope, share=where or share(), url="https://slack/F1"
    )


async def known(core: Core, *scopes: Scope) -> set[str]:
    """Texts that a search offers to people who may read these scopes."""
    found = await core.retrieval.search("leave days", audience=Audience.of(*scopes), limit=5)
    return {one.passage.text for one in found}


async def documents(core: Core) -> list[Document]:
    return [document async for document, _ in core.library.shelved()]
