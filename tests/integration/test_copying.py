"""Everything that the embedded store holds goes to PostgreSQL as it is, and is used there as before."""

import asyncio
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import main
from bot.settings import Settings
from bot.store_migration import Copied, address_of, migrate_store
from core.audit import Deed
from core.backends.postgres import open_postgres
from core.backends.postgres.copying import SHARED_ONLY, TABLES
from core.backends.postgres.tables import metadata
from core.backends.sqlite import open_store
from core.channels import ChannelSettings
from core.errors import Refused
from core.inbox import Accepted
from core.installations import Installation
from core.looks import Look
from core.review import QuestionFilter
from core.shares import Share
from core.types import PUBLIC, Answer, Audience, PassageKey, Question, Scope, Session, Source, Turn, Usage
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import SEAL, START, document, library_of

pytestmark = pytest.mark.postgres

SESSION = Session("slack", "T1", "C1")
STRANGE = "half \ud800 a pair, a \x00 zero, 한글"


async def filled(folder: Path) -> None:
    """Writes something into every table of the embedded store."""
    async with open_store(folder / "saseo.db", seal=SEAL) as store:
        library = library_of(store)
        handbook = document("handbook", metadata={"team": STRANGE}, title=STRANGE, next_check_at=START)
        for texts in (("old",), ("one", STRANGE, "three")):
            handbook = await library.put(handbook, *texts)
        gone = await library.put(document("gone", scope=Scope("channel:slack:T1:C1")), "soon gone")
        await store.catalogue.forget([gone.id])
        await store.journal.begin("half-way")
        await store.history.append(SESSION, [Turn("human", STRANGE), Turn("ai", "answer")])
        await store.claims.claim("claimed", seconds=3600)
        question = Question("q1", SESSION, STRANGE, Audience.of(PUBLIC), context=(Turn("human", STRANGE),))
        cited = Source(1, handbook.id, "Handbook", "one", version=handbook.version)
        spent = {"model": "gpt", "usage": Usage(100, 10), "elapsed": 1.25}
        await store.answers.record(question, Answer("q1", "one [1]", "answered", (cited,), **spent))  # type: ignore[arg-type]
        await store.answers.judge("q1", helpful=True, by="U1", text=STRANGE)
        await store.answers.doubt("q1")
        await store.inbox.accept(Accepted("slack:T1:C1:1", "slack:T1:C1", {"text": STRANGE}), holder="one")
        await store.inbox.posted("slack:T1:C1:1", "slack:T1:C1:2")
        await store.inbox.accept(Accepted("slack:T1:C1:3", "slack:T1:C1", {}), holder="one")
        await store.inbox.finish("slack:T1:C1:3")
        await store.shares.add(Share(SESSION, "17.4", "F1"), handbook.id)
        await store.shares.add(Share(SESSION, "17.5", "F2"), "orphan")
        await store.shares.drop("slack:T1:C1:17.5:")
        await store.channels.put(SESSION, ChannelSettings(notices=False, more={"strange": STRANGE}))
        await store.installations.save(Installation("slack", "T1", "xoxb-secret"))
        await store.installations.save(Installation("slack", "T2", "xoxb-other"))
        await store.installations.remove("slack", "T2")
        await store.visits.begin("name", "body", family="family", seconds=3600)
        await store.deeds.add(Deed("slack:T1:U1", "document.forgotten", "gone"), at=START, oldest=START)
        await store.looks.note(handbook.id, Look(START, "failed", STRANGE))


async def copied(folder: Path, url: str, *, replacing: bool = False) -> Copied:
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    told: list[int] = []
    path = settings.data_dir / "saseo.db"
    result = await migrate_store(path, url, replacing=replacing, advance=lambda done, _: told.append(done))
    assert told == sorted(told)
    return result


def columns(path: Path) -> Mapping[str, set[str]]:
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found = {name: connection.execute(f"SELECT name FROM pragma_table_info('{name}')").fetchall() for name in names}
        return {name: {row[0] for row in rows} for name, rows in found.items() if not name.startswith("sqlite_")}


async def test_every_table_and_column_of_the_embedded_store_is_copied(tmp_path: Path) -> None:
    await filled(tmp_path)
    assert columns(tmp_path / "saseo.db") == {
        table.name: {column.name for column in table.columns} - SHARED_ONLY for table in TABLES
    }
    assert set(metadata.tables) - {f"saseo.{table.name}" for table in TABLES} == {"saseo.keepers", "saseo.trail"}


async def test_what_was_kept_in_a_file_is_used_in_the_database_as_before(
    tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One row a page, so that every table has more than one.
    monkeypatch.setattr("core.backends.postgres.copying.PAGE", 1)
    await filled(tmp_path)
    url = await postgres_server.fresh()
    result = await copied(tmp_path, url)
    assert result.whole
    assert all(result.known.values())
    assert not any(result.before.values())
    async with open_postgres(url, seal=SEAL) as store, open_store(tmp_path / "saseo.db", seal=SEAL) as old:
        kept = await store.catalogue.find("handbook")
        assert kept == await old.catalogue.find("handbook")
        assert await library_of(store).texts("handbook") == ["one", STRANGE, "three"]
        assert kept is not None
        key = PassageKey("handbook", kept.version, 1)
        assert await store.shelves.resolve([key], Audience.of(PUBLIC)) == await old.shelves.resolve(
            [key], Audience.of(PUBLIC)
        )
        assert await store.journal.leftovers() == await old.journal.leftovers()
        assert await store.history.recent(SESSION) == await old.history.recent(SESSION)
        assert await store.answers.find("q1") == await old.answers.find("q1") is not None
        assert await store.answers.opinions("q1") == await old.answers.opinions("q1")
        assert await store.review.page(QuestionFilter()) == await old.review.page(QuestionFilter())
        assert await store.review.figures(START) == await old.review.figures(START) != ()
        assert await store.visits.find("name") == "body"
        assert await store.deeds.page() == await old.deeds.page() != ()
        assert await store.looks.of("handbook") == await old.looks.of("handbook") != ()
        assert not await store.claims.claim("claimed", seconds=1)
        assert await store.inbox.known(["slack:T1:C1:2"]) == {"slack:T1:C1:2"}
        assert [item.id for item in await store.inbox.take("slack:", holder="two")] == ["slack:T1:C1:1"]
        assert await store.channels.get(SESSION) == await old.channels.get(SESSION)
        assert (await store.installations.find("slack", "T1")) == await old.installations.find("slack", "T1")
        # Versions stand in the names of passages in every index: none may be given twice.
        assert await store.journal.begin("new") == await old.journal.begin("new")
        fresh = await library_of(store).put(document("second"), "more")
        assert await store.catalogue.find("second") == fresh


def rows(path: Path) -> Mapping[str, list[tuple[object, ...]]]:
    """Every row of a store, in the order of its keys."""
    with closing(sqlite3.connect(path)) as connection:
        found = {}
        for table in TABLES:
            keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
            names = ", ".join(f'"{name}"' for name in sorted(columns(path)[table.name]))
            found[table.name] = connection.execute(f'SELECT {names} FROM "{table.name}" ORDER BY {keys}').fetchall()
        counted = connection.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0 ORDER BY name").fetchall()
        return found | {"numbers": counted}


async def test_what_was_copied_to_the_database_comes_back_in_a_file_row_by_row(
    tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backends.postgres.copying.PAGE", 1)
    await filled(tmp_path)
    url = await postgres_server.fresh()
    assert (await copied(tmp_path, url)).whole
    async with open_postgres(url, seal=SEAL) as store:
        await store.snapshot(tmp_path / "back.db")
    assert rows(tmp_path / "back.db") == rows(tmp_path / "saseo.db")
    async with open_store(tmp_path / "back.db", seal=SEAL) as back:
        assert await library_of(back).texts("handbook") == ["one", STRANGE, "three"]
    with pytest.raises(Refused) as refused:
        async with open_postgres(url, seal=SEAL) as store:
            await store.snapshot(tmp_path / "nowhere" / "back.db")
    assert refused.value.code == "store.readonly"


async def test_a_database_that_holds_something_is_left_alone_unless_it_is_replaced(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    await filled(tmp_path)
    url = await postgres_server.fresh()
    async with open_postgres(url, seal=SEAL) as store:
        await library_of(store).put(document("theirs"), "stays")
        with pytest.raises(Refused) as refused:
            await copied(tmp_path, url, replacing=True)
        assert refused.value.code == "migrate.used_database"
    with pytest.raises(Refused) as refused:
        await copied(tmp_path, url)
    assert refused.value.code == "migrate.not_empty_database"
    assert (await copied(tmp_path, url, replacing=True)).whole
    async with open_postgres(url, seal=SEAL) as store:
        assert await store.catalogue.find("theirs") is None
    assert (await copied(tmp_path, url, replacing=True)).whole


async def test_a_row_that_is_otherwise_is_noticed(
    tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(tmp_path)
    url = await postgres_server.fresh()
    monkeypatch.setattr("core.backends.postgres.copying._context", lambda _: b"[]")
    await copied(tmp_path, url)
    monkeypatch.undo()
    with monkeypatch.context() as patch:
        patch.setattr("core.backends.postgres.copying.Copying.clear", _nothing)
        patch.setattr("core.backends.postgres.copying.Copying.run", _no_steps)
        result = await copied(tmp_path, url, replacing=True)
    assert (result.differing, result.whole) == (1, False)


async def _nothing(_: object) -> None: ...


async def _no_steps(_: object) -> object:
    for step in list[int]():
        yield step


async def test_where_there_is_nothing_to_copy_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        await copied(tmp_path, "postgresql://user:secret@127.0.0.1:9/name")
    assert refused.value.code == "migrate.no_store"


async def test_what_the_database_needs_is_named_where_it_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "core.backends.postgres.copying", None)
    with pytest.raises(Refused) as refused:
        await copied(tmp_path, "postgresql://host/name")
    assert refused.value.code == "postgres.missing"


def test_which_database_is_meant(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    assert address_of("faiss", settings) is None
    assert address_of("http://chroma:8000", settings) is None
    assert address_of("postgresql://host/name", settings) == "postgresql://host/name"
    with pytest.raises(Refused) as refused:
        address_of("postgresql", settings)
    assert refused.value.code == "migrate.no_address"
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url="postgresql://host/other")  # type: ignore[call-arg, arg-type]
    assert address_of("postgresql", settings) == "postgresql://host/other"


async def test_the_command_shows_every_table_and_no_password(
    tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    url = await postgres_server.fresh()
    for name, value in (("DATA_DIR", "data"), ("DATABASE_URL", url), ("SASEO_LOCALE", "en"), ("COLUMNS", "200")):
        monkeypatch.setenv(name, value)
    await filled(tmp_path / "data")
    assert await asyncio.to_thread(saseo, "migrate", "--to", "postgresql") == 0
    out = capsys.readouterr().out
    assert "Now set DATABASE_URL" in out
    assert set(out.split()) > {table.name for table in TABLES}
    assert "hyacinth" not in out
    monkeypatch.setattr("core.backends.postgres.copying.Copying.differing", _three)
    assert await asyncio.to_thread(saseo, "migrate", "--to", "postgresql", "--replace") == 1
    assert "3 rows differ" in capsys.readouterr().out


async def _three(_: object) -> int:
    return 3


def saseo(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)
