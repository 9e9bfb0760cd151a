"""Data of every earlier release is opened: of each schema that there ever was, a small store is kept as it was."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from adapters.sharing import Offer
from adapters.slack.inbound import Asked
from core.backends.postgres import PostgresStore, open_postgres
from core.backends.postgres.migrating import config, newest
from core.backends.sqlite import Store, open_store
from core.backends.sqlite.schema import APPLICATION, MIGRATIONS, migrate, pragma
from core.types import PUBLIC, Audience
from tests.fakes.postgres import PostgresServer
from tests.fixtures import content
from tests.fixtures.releases import FOLDER, lay_out, postgres_fixture, sqlite_fixture
from tests.integration.stores import SEAL, Clock, library_of

SCHEMAS = range(1, len(MIGRATIONS))
"""Those of earlier releases."""
REVISIONS = sorted(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())
KEPT = [number for number in range(1, len(MIGRATIONS) + 1) if sqlite_fixture(number).exists()]
KEPT_REVISIONS = [revision for revision in REVISIONS if postgres_fixture(revision).exists()]
ANSWERS, INBOX, INSTALLATIONS, OFFERS = 5, 2, 5, 6
"""From which schema of a file on there was a program that kept such a thing and keeps it still."""


def schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """What a file was made with, in the same words whoever wrote it down."""
    made = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    return [(name, re.sub(r"\s+", " ", sql)) for name, sql in made]


@pytest.fixture
def fresh() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection


async def found(store: Store | PostgresStore, *, kept: int) -> None:
    """Everything is there that the program of this schema kept."""
    library = library_of(store)
    for document, texts in ((content.handbook(), content.HANDBOOK), (content.notice(), content.NOTICE)):
        read = await store.catalogue.find(document.id)
        assert read is not None
        assert (read.title, read.origin, read.scope) == (document.title, document.origin, document.scope)
        assert (read.digest, read.next_check_at) == (document.digest, document.next_check_at)
        assert await library.texts(document.id) == [*texts]
    assert await store.shelves.matching({"team": "people"}, Audience.of(PUBLIC)) == {content.handbook().id}
    assert [due.id for due in await store.catalogue.due(content.MOMENT + timedelta(hours=2))] == [content.notice().id]
    assert [one.document_id for one in await store.journal.leftovers()] == ["unfinished00000000a3"]
    assert not await store.claims.claim(content.CLAIM, seconds=60)
    counts = await store.answers.counts()
    assert (counts["answered"], counts["not_found"]) == (1, 1)
    if kept >= ANSWERS:
        await talked_of(store)
    if kept >= INSTALLATIONS:
        assert await store.installations.find("slack", content.TEAM) == content.INSTALLED
    if kept >= INBOX:
        await owed(store, kept=kept)


async def talked_of(store: Store | PostgresStore) -> None:
    """What was said, what people think of it, and what they decided."""
    assert tuple(await store.history.recent(content.SESSION)) == content.TURNS
    answered = await store.answers.find(content.QUESTION.id)
    assert answered is not None
    assert (answered.text, answered.answer, answered.author) == (content.ASKED, "25 days [1].", content.PERSON)
    assert [one.excerpt for one in answered.citations] == [content.HANDBOOK[0]]
    assert (await store.answers.opinions(content.QUESTION.id)).helpful == 1
    assert [one.text for one in await store.answers.unanswered()] == [content.UNANSWERED]
    assert await store.channels.get(content.SESSION) == content.DECIDED
    assert list(await store.shares.of(content.handbook().id)) == [content.SHARE]


async def owed(store: Store | PostgresStore, *, kept: int) -> None:
    """What was accepted and not finished is taken up again, and understood."""
    question, *offers = await store.inbox.take("slack:", holder="now")
    assert (question.id, question.attempt) == (content.asked().id, 2)
    assert Asked.load(question.body) == Asked.load(content.asked().body)
    assert [Offer.load(one.body).items[0].id for one in offers] == ([content.LINK] if kept >= OFFERS else [])


@pytest.mark.parametrize("number", KEPT)
async def test_the_store_of_an_earlier_release_is_opened_with_all_that_it_kept(number: int, tmp_path: Path) -> None:
    path = tmp_path / "saseo.db"
    lay_out(sqlite_fixture(number).read_text(encoding="utf-8"), path)

    for _ in range(2):
        async with open_store(path, seal=SEAL, clock=Clock(content.MOMENT + timedelta(minutes=5))) as store:
            assert await store.catalogue.find(content.handbook().id)
    async with open_store(path, seal=SEAL, clock=Clock(content.MOMENT + timedelta(minutes=5))) as store:
        await found(store, kept=number)


@pytest.mark.parametrize("number", KEPT)
def test_an_earlier_store_gets_the_very_schema_of_a_new_one(
    number: int, fresh: sqlite3.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "saseo.db"
    lay_out(sqlite_fixture(number).read_text(encoding="utf-8"), path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert (pragma(connection, "user_version"), pragma(connection, "application_id")) == (number, APPLICATION)
        migrate(fresh, path, migrations=MIGRATIONS[:number])
        # What was released is never changed: a step that reads otherwise today made another file then.
        assert schema(connection) == schema(fresh)
        migrate(connection, path)
        migrate(fresh, path)
        assert schema(connection) == schema(fresh)


@pytest.mark.postgres
@pytest.mark.parametrize("revision", KEPT_REVISIONS)
async def test_the_database_of_an_earlier_release_is_opened_with_all_that_it_kept(
    postgres_server: PostgresServer, revision: str
) -> None:
    url = await postgres_server.fresh()
    await postgres_server.execute(postgres_fixture(revision).read_text(encoding="utf-8"), url=url)
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT version_num FROM saseo.schema_version") == revision

    async with open_postgres(url, seal=SEAL, clock=Clock(content.MOMENT + timedelta(minutes=5))) as store:
        await found(store, kept=len(MIGRATIONS))

    assert await connection.fetchval("SELECT version_num FROM saseo.schema_version") == newest()
    await connection.close()


def test_a_store_of_every_earlier_schema_is_kept() -> None:
    """`python -m tests.fixtures.make` writes those of the schemas of today, before there is a next one."""
    missing = [path.name for path in map(sqlite_fixture, SCHEMAS) if not path.exists()]
    missing += [path.name for path in map(postgres_fixture, REVISIONS[:-1]) if not path.exists()]
    assert missing == []
    assert {path.name for path in FOLDER.iterdir()} == {
        path.name for path in [*map(sqlite_fixture, KEPT), *map(postgres_fixture, KEPT_REVISIONS)]
    }
