"""A PostgreSQL server restarts, or dies, while eight callers write: nothing is lost, and nothing is there twice."""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from core.backends.postgres import PostgresStore, open_postgres
from core.errors import Unavailable
from core.inbox import Accepted
from core.ports import DocumentFilter
from core.types import Turn
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import SEAL, SESSION, document, library_of

pytestmark = pytest.mark.postgres

CALLERS = 8
RESTARTS = 2
BETWEEN = 16
"""Pieces of work between two restarts."""


@pytest.fixture
def server(second_postgres_server: PostgresServer) -> PostgresServer:
    second_postgres_server.start()
    return second_postgres_server


class Load:
    """Callers that try each step again until they are told that it is done, as the roles do."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._some = asyncio.Condition()
        self._over = False
        self.done: list[int] = []
        self.refused = 0

    async def call(self, first: int) -> None:
        for number in range(first, 10_000, CALLERS):
            for step in self._steps(number):
                await self._persist(step)
            async with self._some:
                self.done.append(number)
                self._some.notify_all()
            if self._over:
                return

    async def so_many(self, count: int) -> None:
        async with self._some:
            await self._some.wait_for(lambda: len(self.done) >= count)

    def end(self) -> None:
        self._over = True

    def _steps(self, number: int) -> tuple[Callable[[], Awaitable[object]], ...]:
        store = self._store
        return (
            lambda: library_of(store).put(document(f"d{number}"), str(number)),
            lambda: store.inbox.accept(Accepted(f"slack:{number}", "thread", {}), holder=""),
            lambda: store.history.append(SESSION, [Turn("human", str(number))]),
        )

    async def _persist(self, step: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await step()
            except Unavailable:
                self.refused += 1
                await asyncio.sleep(0.05)
            else:
                return


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_what_was_acknowledged_is_there_once(server: PostgresServer, how: signal.Signals) -> None:
    async with open_postgres(await server.fresh(), seal=SEAL) as store:
        load = Load(store)
        calling = [asyncio.create_task(load.call(first)) for first in range(CALLERS)]
        for _ in range(RESTARTS):
            await load.so_many(len(load.done) + BETWEEN)
            await asyncio.to_thread(server.stop, how=how)
            await asyncio.to_thread(server.start)
        load.end()
        await asyncio.gather(*calling)

        page = await store.catalogue.page(DocumentFilter(), limit=1000)
        assert sorted(shown.id for shown in page.documents) == sorted(f"d{number}" for number in load.done)
        for number in load.done:
            assert await library_of(store).texts(f"d{number}") == [str(number)]
        taken = await store.inbox.take("slack:", holder="all", limit=10_000)
        assert Counter(each.id for each in taken) == {f"slack:{number}": 1 for number in load.done}
        said = {turn.text for turn in await store.history.recent(SESSION, limit=200)}
        assert said >= {str(number) for number in load.done[-20:]}
        assert load.refused > 0
