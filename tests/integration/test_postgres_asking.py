"""What every question asks of the store on PostgreSQL: in few statements, and never of what is out of date."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import event

from core.backends.postgres import PostgresStore, open_postgres
from core.backends.postgres.database import CONNECTIONS, Database, Rows
from core.backends.postgres.shelves import PostgresShelves
from core.errors import Unavailable
from core.types import Answer, Audience, Outcome, PassageKey, Question, Scope, Source
from tests.fakes.patience import PATIENCE
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import EVERYBODY, SEAL, SESSION, document, library_of

pytestmark = pytest.mark.postgres

AT_WORK = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(%'"
TEXTS = ("서버를 다시 시작합니다.", "Restart the server.", "12")


@pytest.fixture
async def store(postgres_server: PostgresServer) -> AsyncIterator[PostgresStore]:
    async with open_postgres(await postgres_server.emptied(), seal=SEAL) as shared:
        yield shared


def noted(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that statements of the test are about from now on, apart from what the store does by itself."""
    tables: list[str] = []
    test, ask = asyncio.current_task(), store._database.ask

    def note(statement: str) -> None:
        if asyncio.current_task() is test:
            tables.append(re.findall(r"(?:FROM|INTO) saseo\.(\w+)", statement)[0])

    async def asked(statement: str, *values: object) -> Rows:
        note(statement)
        return await ask(statement, *values)

    engine = store._database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_: note(statement))
    monkeypatch.setattr(store._database, "ask", asked)
    return tables


async def test_what_never_changes_is_read_once_and_whether_it_is_current_every_time(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = library_of(store)
    keys = [PassageKey(name, (await library.put(document(name), *TEXTS)).version, 1) for name in ("d1", "d2")]
    asked_for = noted(store, monkeypatch)

    for asked in (keys[:1], keys, keys):
        assert list(await store.shelves.resolve(asked, EVERYBODY)) == asked
    assert asked_for == [*["documents", "documents", "passages"] * 2, "documents"]


async def test_a_row_that_another_process_has_changed_is_read_again(store: PostgresStore) -> None:
    current = await library_of(store).put(document("d1"), *TEXTS)
    key = PassageKey("d1", current.version, 1)
    elsewhere = Scope.workspace("slack", "T2")
    await store.shelves.resolve([key], EVERYBODY)

    await store.catalogue.save(replace(current, title="Another"))
    [(_, changed)] = (await store.shelves.resolve([key], EVERYBODY)).values()
    assert changed.title == "Another"

    await store.catalogue.save(replace(current, scope=elsewhere))
    assert dict(await store.shelves.resolve([key], EVERYBODY)) == {}
    [(_, moved)] = (await store.shelves.resolve([key], Audience.of(elsewhere))).values()
    assert (moved.scope, moved.title) == (elsewhere, current.title)


async def test_a_passage_is_of_the_document_that_its_key_names(store: PostgresStore) -> None:
    library = library_of(store)
    one, other = [(await library.put(document(name), *TEXTS)).version for name in ("d1", "d2")]
    keys = [PassageKey("d1", other, 1), PassageKey("d2", one, 1), PassageKey("d1", 2**70, 1), PassageKey("d1", 0, 1)]

    assert dict(await store.shelves.resolve(keys, EVERYBODY)) == {}


@pytest.mark.parametrize("known", [(), ("d1",)])
async def test_a_version_that_is_replaced_while_it_is_read_is_left_out(
    store: PostgresStore, known: Sequence[str]
) -> None:
    library = library_of(store)
    first = await library.put(document("d1"), *TEXTS)

    class Overtaken(Database):
        overtaken = False

        async def ask(self, statement: str, *values: object) -> Rows:
            found = await super().ask(statement, *values)
            if self.overtaken:
                await library.put(document("d1"), *TEXTS)
            return found

    database = Overtaken(store._database._engine)
    shelves = PostgresShelves(database)
    await shelves.resolve([PassageKey(name, first.version, 0) for name in known], EVERYBODY)
    database.overtaken = True
    assert dict(await shelves.resolve([PassageKey("d1", first.version, 1)], EVERYBODY)) == {}


async def test_a_question_is_recorded_without_a_look_at_old_ones_each_time(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = noted(store, monkeypatch)
    for name in ("q1", "q2"):
        answer = Answer(name, "So it is [1].", outcome="answered", sources=(Source(1, "d1", "One", "So it is."),))
        await store.answers.record(Question(name, SESSION, "What is it?", EVERYBODY), answer)

    assert written == ["answers", "answers", "answers"]


async def test_a_connection_that_somebody_stopped_waiting_for_is_not_used_again(store: PostgresStore) -> None:
    lost: list[object] = []
    event.listen(store._database._engine.sync_engine, "invalidate", lambda *connection: lost.append(connection))
    asked = asyncio.create_task(store._database.ask("SELECT pg_sleep($1)", 60.0))
    async with asyncio.timeout(PATIENCE):
        while True:
            if await store._database.ask(AT_WORK):
                break
            await asyncio.sleep(0.01)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)

    assert len(lost) == 1
    assert asked.cancelled()


async def test_what_the_server_refuses_costs_no_connection(store: PostgresStore) -> None:
    lost: list[object] = []
    event.listen(store._database._engine.sync_engine, "invalidate", lambda *connection: lost.append(connection))
    for _ in range(2 * CONNECTIONS):
        with pytest.raises(Unavailable, match="could not do"):
            await store._database.ask("SELECT 1 / $1::int", 0)
    assert lost == []


async def test_a_question_that_is_recorded_by_several_at_once_counts_once(store: PostgresStore) -> None:
    asked = Question("q1", SESSION, "What is it?", EVERYBODY)
    outcomes: Sequence[Outcome] = ("answered", "not_found", "answered")
    await asyncio.gather(*(store.answers.record(asked, Answer("q1", "text", outcome=outcome)) for outcome in outcomes))

    found, counts = await store.answers.find("q1"), await store.answers.counts()
    assert found is not None
    assert {outcome: count for outcome, count in counts.items() if count} == {found.outcome: 1}
