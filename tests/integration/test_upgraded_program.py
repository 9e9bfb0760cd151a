"""The program on the data of another release: earlier data is answered from, and that of a newer one is left alone."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import asyncpg
import pytest

from adapters.slack.adapter import SlackAdapter
from bot import guide
from bot.cli import main
from bot.settings import Settings
from bot.wiring import open_saseo
from core.backends.sqlite.schema import MIGRATIONS
from core.saseo import Saseo
from tests.fakes.patience import PATIENCE
from tests.fakes.postgres import PostgresServer
from tests.fakes.slack import FakeSlack
from tests.fixtures import content
from tests.fixtures.releases import lay_out, sqlite_fixture
from tests.integration.slack_running import options

OLDEST, BEFORE = 1, len(MIGRATIONS) - 1
NEWER = """
    CREATE SCHEMA saseo;
    CREATE TABLE saseo.schema_version (version_num TEXT);
    INSERT INTO saseo.schema_version VALUES ('9999');
"""
OLDER_MARK = "0 of an older make"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of the program, and nothing in it; the guide is not read, which takes its time."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SASEO_LOCALE", "en")
    monkeypatch.setattr(guide, "folder", lambda: None)
    return tmp_path / "data"


def saseo(*arguments: str) -> int:
    """Runs a command and returns its exit code."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


def written(folder: Path) -> dict[str, bytes]:
    """What stands in a folder, but for the marks of who uses it."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.read_bytes()]
    return {path.name: path.read_bytes() for path in files}


@asynccontextmanager
async def answering(saseo: Saseo, slack: FakeSlack) -> AsyncIterator[None]:
    """Answers in Slack meanwhile."""
    task = asyncio.create_task(SlackAdapter(saseo, options(slack)).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def nothing_owed(saseo: Saseo) -> None:
    for _ in range(round(PATIENCE / 0.02)):
        if not await saseo.inbox.unfinished():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("something is still owed")


def test_documents_of_the_oldest_release_are_answered_from(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay_out(sqlite_fixture(OLDEST).read_text(encoding="utf-8"), data / "saseo.db")

    assert saseo("ask", content.ASKED) == 1
    assert "python -m bot ingest --reindex" in capsys.readouterr().err
    assert saseo("ingest", "--reindex") == 0
    assert "Indexed 2 documents again." in capsys.readouterr().out
    # A word index of an older make is built anew by itself.
    (data / "lexical" / "complete").write_text(OLDER_MARK, encoding="ascii")
    assert saseo("ask", content.ASKED) == 0
    assert "25 days" in capsys.readouterr().out
    assert (data / "lexical" / "complete").read_text(encoding="ascii") != OLDER_MARK


async def test_what_the_release_before_had_accepted_is_answered(data: Path) -> None:
    async with FakeSlack() as slack:
        question = slack.say(content.ASKED, user=content.PERSON)
        script = sqlite_fixture(BEFORE).read_text(encoding="utf-8").replace(content.ASKED_AT, question.ts)
        lay_out(script, data / "saseo.db")
        settings = Settings(_env_file=None, data_dir=data)  # type: ignore[call-arg]
        async with open_saseo(settings, fresh_indexes=True) as saseo:
            assert len([document async for document in saseo.library.reindex()]) == 2
        async with open_saseo(settings) as saseo, answering(saseo, slack):
            await nothing_owed(saseo)
        (shown,) = [one.shown for one in slack.answers(question.channel, thread_ts=question.ts)]
        assert content.HANDBOOK[0] in shown or content.NOTICE[0] in shown


@pytest.mark.parametrize("command", [("ask", content.ASKED), ("run",), ("ingest", "--reindex")])
def test_data_of_a_newer_release_is_refused_and_left_as_it_is(
    command: tuple[str, ...], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_out(sqlite_fixture(BEFORE).read_text(encoding="utf-8"), data / "saseo.db")
    with closing(sqlite3.connect(data / "saseo.db")) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = written(data)

    assert saseo(*command) == 1

    assert "was written by a newer release. Install that release again" in " ".join(capsys.readouterr().err.split())
    assert written(data) == before


@pytest.mark.postgres
def test_a_database_of_a_newer_release_is_refused_and_left_as_it_is(
    postgres_server: PostgresServer, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def newer() -> str:
        url = await postgres_server.fresh()
        await postgres_server.execute(NEWER, url=url)
        return url

    async def tables(url: str) -> list[tuple[str, str]]:
        connection = await asyncpg.connect(url)
        found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'saseo'")
        revision = await connection.fetchval("SELECT version_num FROM saseo.schema_version")
        await connection.close()
        return [(row["tablename"], revision) for row in found]

    url = asyncio.run(newer())
    monkeypatch.setenv("DATABASE_URL", url)

    assert saseo("ask", content.ASKED) == 1

    assert "newer release" in " ".join(capsys.readouterr().err.split())
    assert asyncio.run(tables(url)) == [("schema_version", "9999")]
    assert written(data) == {}
