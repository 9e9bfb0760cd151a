"""What is forgotten stays forgotten, also what is being looked at just then, and a whole workspace at once."""

import asyncio

import pytest

from core import library
from core.ports import Fetched
from core.types import PUBLIC, Scope, Session
from tests.fakes.saseo import Core

LINK = "https://example.com/page.txt"


class SlowPage:
    """A page that changes with every look; the second look waits until it may go on."""

    def __init__(self) -> None:
        self.looks = 0
        self.looked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        self.looks += 1
        if self.looks > 1:
            self.looked.set()
            await self.go_on.wait()
        return Fetched(url=url, data=f"text number {self.looks}".encode(), name="page.txt")


async def test_a_link_that_is_forgotten_while_it_is_looked_at_does_not_come_back() -> None:
    page = SlowPage()
    core = Core(fetcher=page)
    document = (await core.library.add_link(LINK)).document
    refreshing = asyncio.create_task(core.library.refresh(document))
    await page.looked.wait()
    await core.library.forget([document.id])
    page.go_on.set()
    assert not (await refreshing).changed
    assert await core.store.catalogue.find(document.id) is None
    assert await core.store.journal.leftovers() == []


async def test_a_link_that_is_handed_in_again_after_it_was_forgotten_is_there() -> None:
    core = Core(pages={LINK: b"text"})
    document = (await core.library.add_link(LINK)).document
    await core.library.forget([document.id])
    await core.library.add_link(LINK)
    assert await core.store.catalogue.find(document.id) is not None


async def test_the_documents_of_a_workspace_go_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "FORGOTTEN_AT_ONCE", 2)
    core = Core()
    session, other = Session("slack", "T1", "C1"), Session("slack", "T10", "C1")
    here = [Scope.workspace("slack", "T1"), Scope.channel(session), Scope.direct(session)]
    there = [PUBLIC, Scope.workspace("slack", "T10"), Scope.channel(other), Scope.workspace("discord", "T1")]
    for scope in (*here, *there):
        await core.library.add_text("some text", scope=scope)
    assert await core.library.forget_workspace("slack", "T1") == 3
    assert await core.library.forget_workspace("slack", "T1") == 0
    assert {document.scope async for document, _ in core.library.shelved()} == set(there)
