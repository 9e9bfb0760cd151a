"""Handing over and erasing on the command line, with the process that runs and without one."""

import asyncio
import io
import sys
from pathlib import Path

import pytest

from bot.registry import BY, LocalRegistry, open_registry
from bot.settings import load_settings
from core.people import TOKEN
from core.saseo import Saseo
from core.shares import Share
from core.types import PUBLIC, Audience, Question, Scope, Session
from tests.integration.subjects import DIRECT, MARKER, PERSON, read
from tests.integration.test_cli import Running, place, running, saseo

__all__ = ["place", "running"]

WHO = str(PERSON)
TEXT = f"The {MARKER} is fed at nine in the morning."


async def ask(core: Saseo, *, author: str, session: Session = DIRECT, name: str = "slack:T1:D1:1") -> None:
    audience = Audience.of(PUBLIC, Scope.direct(session))
    await core.chat.ask(Question(name, session, f"When is the {MARKER} fed?", audience, author=author, thread="t"))


def test_the_running_process_hands_over_and_erases(
    running: Running, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    core = running.core
    asyncio.run(ask(core.saseo, author=PERSON.id))
    assert saseo("export", WHO, "--to", "person.zip") == 0
    assert "Handed over to person.zip." in capsys.readouterr().out
    exported = place / "person.zip"
    assert read(exported)["questions"][0]["asked"]["author"] == PERSON.id
    assert exported.stat().st_mode & 0o077 == 0
    assert saseo("export", WHO, "--to", "person.zip") == 1
    assert "is there already" in capsys.readouterr().err
    assert saseo("export", WHO, "--to", "nowhere/person.zip") == 1
    assert "cannot be written" in capsys.readouterr().err

    for said in ("", "no\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(said))
        assert saseo("erase", WHO) == 1
        asked = capsys.readouterr()
        assert "Questions and answers     1" in asked.out
        assert "Erase all of this of" in asked.err
        assert "Nothing was erased." in asked.out
    assert asyncio.run(core.store.answers.find("slack:T1:D1:1")) is not None
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert saseo("erase", WHO) == 0
    assert "Erased." in capsys.readouterr().out
    assert asyncio.run(core.store.answers.find("slack:T1:D1:1")) is None
    assert {noted.deed.who for noted in asyncio.run(core.audit.page())} == {TOKEN}


def test_a_channel_is_erased_without_being_asked_about(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(ask(running.core.saseo, author=PERSON.id))
    assert saseo("erase", str(DIRECT), "--yes") == 0
    assert "digest" not in capsys.readouterr().out
    assert asyncio.run(running.core.store.answers.find("slack:T1:D1:1")) is None


@pytest.mark.usefixtures("place")
def test_who_is_nobody_is_told_how_people_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (("erase", "nobody"), ("export", "slack:", "--to", "x.zip")):
        assert saseo(*command) == 1
        assert "slack:T024BE91L:U024BE7LH" in capsys.readouterr().err


def holding(folder: Path) -> set[str]:
    """The files that hold a word of theirs."""
    words = (MARKER.encode(), PERSON.id.encode())
    contents = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name for name, content in contents.items() if any(word in content for word in words)}


async def test_no_file_of_the_data_directory_holds_a_word_of_theirs(place: Path) -> None:
    async with open_registry(load_settings(), locale="en") as registry:
        assert isinstance(registry, LocalRegistry)
        core = registry.saseo
        await core.knowledge.share_file(
            TEXT.encode(),
            name="diary.txt",
            origin="slack:T1:file:F1",
            scope=Scope.direct(DIRECT),
            share=Share(DIRECT, "1.1", "F1"),
        )
        await ask(core, author=PERSON.id)
        assert holding(place / "data") != set()
        await registry.export(PERSON, place / "person.zip")
        assert read(place / "person.zip")["passages"][0]["text"] == TEXT
        assert (await registry.count(PERSON, documents=True))["documents"] == 1
        await registry.erase(PERSON, documents=True)
        assert {noted.deed.who for noted in await core.audit.page()} == {BY}
        assert holding(place / "data") == set()
