"""What only the store on PostgreSQL has to prove: its keys, its profiles, its connections, and the program on it."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text, update

from bot import guide
from bot.settings import Settings
from bot.stores import open_stores
from bot.wiring import open_saseo
from core.backends.postgres import PostgresStore, keeper, open_postgres, pinging, profiles
from core.backends.postgres.database import Database, opened
from core.backends.postgres.tables import inbox, opinions, passages
from core.backends.seal import FernetSeal
from core.errors import Refused, Unavailable
from core.inbox import Accepted
from core.installations import Installation
from core.profile import Profile, rules
from core.types import PUBLIC, Answer, Audience, Question, Session
from tests.fakes.postgres import PostgresServer
from tests.integration.stores import SEAL, SESSION, Clock, document, library_of

pytestmark = pytest.mark.postgres

TEXTS = ("서버를 다시 시작합니다.", "Restart the server.", "12")
WORDS = ("first-words-that-nobody-can-guess-0001", "second-words-that-nobody-can-guess-02")
TOKEN = "xoxb-12345-secret-of-the-workspace"


@pytest.fixture
async def store(postgres_server: PostgresServer) -> AsyncIterator[PostgresStore]:
    async with open_postgres(await postgres_server.emptied(), seal=SEAL) as shared:
        yield shared


async def test_no_token_is_in_the_database_and_a_lost_key_is_told(postgres_server: PostgresServer) -> None:
    url = await postgres_server.emptied()
    for keys in ((WORDS[0],), WORDS[::-1]):
        async with open_postgres(url, seal=FernetSeal(keys, Path("unused.key"))) as store:
            if len(keys) == 1:
                await store.installations.save(Installation("slack", "T1", TOKEN))
                sealed = await store._database.read(text("SELECT sealed FROM saseo.installations"))
                assert TOKEN not in sealed[0].sealed
            assert await store.installations.renew() == 0
    async with open_postgres(url, seal=FernetSeal(WORDS[1:], Path("unused.key"))) as store:
        kept = await store.installations.find("slack", "T1")
        assert kept is not None
        assert kept.token == TOKEN
    async with open_postgres(url, seal=SEAL) as store:
        with pytest.raises(Refused) as refusal:
            await store.installations.find("slack", "T1")
        assert refusal.value.code == "seal.lost"
        assert await store.installations.renew() == 1


async def test_what_is_finished_leaves_no_text_behind(store: PostgresStore) -> None:
    await store.inbox.accept(Accepted("slack:1", "thread", {"text": "secret"}), holder="one")
    await store.inbox.written("slack:1", {"parts": ["secret"]})
    await store.inbox.finish("slack:1")

    assert await store._database.read(select(inbox.c.body, inbox.c.answer)) == [(b"", None)]


async def test_the_backlog_is_counted_by_platform(store: PostgresStore) -> None:
    for name in ("slack:T1:1", "slack:T1:2", "discord:1", "한글"):
        await store.inbox.accept(Accepted(name, "thread", {}), holder="one")
    await store.inbox.finish("slack:T1:2")

    assert await store.inbox.unfinished() == {"slack": 1, "discord": 1, "한글": 1}


async def test_what_people_say_of_an_answer_is_kept_in_part(store: PostgresStore) -> None:
    await store.answers.record(Question("q1", SESSION, "text", Audience.of(PUBLIC)), Answer("q1", "yes", "answered"))
    await store.answers.judge("q1", helpful=False, by="U1", text="x" * 10_000)

    assert len((await store._database.read(select(opinions.c.text)))[0].text) == 2000


async def test_a_document_without_passages_and_shares_that_are_none(store: PostgresStore) -> None:
    saved = await library_of(store).put(document("d1"))

    assert await store.catalogue.find("d1") == saved
    assert list(await store.shares.remove([])) == []


async def test_a_store_does_not_grow_with_what_expired(postgres_server: PostgresServer) -> None:
    clock = Clock()
    async with open_postgres(await postgres_server.emptied(), seal=SEAL, clock=clock, history_ttl=10) as store:
        for number in range(30):
            await store.history.append(Session("api", "", f"s{number}"), [])
            await store.claims.claim(f"k{number}", seconds=10)
            await clock.wait(5)
        for table in ("sessions", "claims"):
            assert (await store._database.read(text(f"SELECT count(*) FROM saseo.{table}")))[0][0] == 2


async def test_a_process_gives_signs_of_life_and_says_when_it_cannot(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keeper, "BEAT_SECONDS", 0.01)
    beats = asyncio.Queue[None]()
    beat = keeper.Keeper.beat

    async def counted(self: keeper.Keeper) -> None:
        beats.put_nowait(None)
        if beats.qsize() == 2:
            raise Unavailable("postgres.away")
        await beat(self)

    monkeypatch.setattr(keeper.Keeper, "beat", counted)
    async with open_postgres(await postgres_server.emptied(), seal=SEAL) as store:
        while beats.qsize() < 3:
            await store.ping()
    assert [record.message for record in caplog.records] == ["no sign of life could be given: postgres.away"]


async def test_without_an_inbox_a_process_comes_back_as_well(postgres_server: PostgresServer) -> None:
    async with open_postgres(await postgres_server.emptied(), seal=SEAL) as store:
        alone = keeper.Keeper(store._database)
        first = await alone.number()
        await store._database.change(text("DELETE FROM saseo.keepers"))
        await alone.beat()

        assert await alone.number() > first


@asynccontextmanager
async def rested(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Database, Engine, list[object]]]:
    """A database whose only connection counts as rested; the connections that are made from now on are noted."""
    made: list[object] = []
    async with opened(server.url()) as database:
        await database.read(text("SELECT 1"))
        monkeypatch.setattr(pinging, "RESTED_SECONDS", -1.0)
        engine = database._engine.sync_engine
        event.listen(engine, "connect", lambda connection, _: made.append(connection))
        yield database, engine, made


async def test_a_connection_that_rested_is_asked_and_used_again(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rested(postgres_server, monkeypatch) as (database, _, made):
        await database.read(text("SELECT 1"))
        assert made == []


async def test_a_connection_that_was_lost_in_silence_is_replaced_unseen(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(connection: Any, *_: object) -> None:
        connection.driver_connection._transport.abort()

    async with rested(postgres_server, monkeypatch) as (database, engine, made):
        event.listen(engine, "checkout", lose, insert=True, once=True)
        await database.read(text("SELECT 1"))
        assert len(made) == 1


async def test_a_saved_passage_comes_with_its_profile(store: PostgresStore) -> None:
    await library_of(store).put(document("d1"), *TEXTS)

    for passage in await store.shelves.passages("d1"):
        assert Profile.unpacked(passage.profile) == Profile.of(passage.text)


async def test_outdated_profiles_are_renewed_a_few_at_a_time(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "AT_ONCE", 2)
    await library_of(store).put(document("d1"), *TEXTS)
    await store._database.change(update(passages).values(rules=passages.c.place % 2 * (rules() + 1), profile=b"old"))
    assert [passage.profile for passage in await store.shelves.passages("d1")] == [b""] * 3

    await profiles.renew_profiles(store._database, pause=0)

    found = await store.shelves.passages("d1")
    assert [passage.profile for passage in found] == [Profile.of(words).packed for words in TEXTS]


async def test_a_store_that_fails_is_told_once_and_answers_go_on(
    postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with opened(postgres_server.url("no_such_database")) as database:
            await profiles.renew_profiles(database)
    assert [record.name for record in caplog.records] == ["core.backends.postgres.profiles"]


def test_without_its_packages_it_is_refused_with_the_command_that_installs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "core.backends.postgres", None)
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url="postgres://h/n")  # type: ignore[call-arg,arg-type]
    with pytest.raises(Refused, match="pip install"):
        open_stores(settings, SEAL)


async def test_the_program_runs_on_it(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide, "folder", lambda: None)
    url = await postgres_server.emptied()
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url=url)  # type: ignore[call-arg,arg-type]
    asked = Question("1", Session("test", "", "1"), "How many days of annual leave are there?", Audience.of(PUBLIC))
    async with open_saseo(settings) as saseo:
        await saseo.library.add(b"There are 25 days of annual leave a year.", name="leave.txt", origin="upload:l")
    async with open_saseo(settings) as saseo:
        answer = await saseo.chat.ask(asked)

        assert "25 days" in answer.text
        for check in saseo.checks.values():
            await check()
    assert not (tmp_path / "saseo.db").exists()
    assert url not in repr(settings)
