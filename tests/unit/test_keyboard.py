"""A conversation at the keyboard: lines come in, an interrupt stops what is under way."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest

from bot.cli.keyboard import Keyboard
from bot.cli.talk import converse
from bot.desk import LocalDesk
from core.backends.memory_world import ScriptedModel
from core.types import PUBLIC, Audience
from tests.fakes.patience import PATIENCE
from tests.fakes.saseo import Core
from tests.fakes.terminal import Recorder

TEXT = "Full-time employees get 25 days of annual leave."
ASKED = "How many days of annual leave do full-time employees get?"
EVERYBODY = Audience.of(PUBLIC)


@contextmanager
def typed(text: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    yield


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A keyboard nobody touches; yields where to type."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        try:
            yield writing
        finally:
            os.close(writing)


async def test_lines_come_one_by_one_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with typed("하나\ntwo\n", monkeypatch), Keyboard() as keyboard:
        assert [await keyboard.line() for _ in range(3)] == ["하나", "two", None]


async def test_an_interrupt_at_the_prompt_ends_the_wait(waiting: int) -> None:
    with Keyboard() as keyboard:
        line = asyncio.create_task(keyboard.line())
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGINT)
        assert await asyncio.wait_for(line, PATIENCE) is None
        # The line that is typed afterwards goes nowhere, and the thread that read it ends.
        os.write(waiting, b"late\n")


async def test_an_interrupt_stops_work_and_leaves_the_rest() -> None:
    with Keyboard() as keyboard:
        begun = asyncio.Event()

        async def work() -> None:
            begun.set()
            await asyncio.Event().wait()

        working = asyncio.create_task(keyboard.interruptible(work()))
        await begun.wait()
        keyboard.interrupt()
        assert await working is False
        keyboard.interrupt()


async def test_work_that_is_done_or_fails_is_told_so() -> None:
    async def fails() -> None:
        raise ValueError("broken")

    with Keyboard() as keyboard:
        assert await keyboard.interruptible(asyncio.sleep(0)) is True
        with pytest.raises(ValueError, match="broken"):
            await keyboard.interruptible(fails())


@pytest.fixture
async def desk() -> LocalDesk:
    core = Core(model=ScriptedModel("You get 25 days [1]."))
    await core.library.add_text(TEXT, origin="test", title="Handbook")
    return LocalDesk(core.saseo, limit=1000)


async def test_a_conversation_answers_line_after_line(desk: LocalDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    lines = f"\n{ASKED}\n  \nAnd for interns?\n/new\n---\n{ASKED}\n/quit\nnever read\n"
    with typed(lines, monkeypatch), Keyboard() as keyboard:
        await converse(desk, keyboard, recorder.terminal, audience=EVERYBODY)
    assert recorder.out.count("You get 25 days [1].\n\n[1] Handbook\n") == 3
    assert "A new conversation." in recorder.error
    assert "I did not get a question." in recorder.error


class Noticed(asyncio.Event):
    """Never comes, and tells when somebody begins to wait for it."""

    def __init__(self, noticed: asyncio.Event) -> None:
        super().__init__()
        self._noticed = noticed

    async def wait(self) -> Literal[True]:
        self._noticed.set()
        return await super().wait()


async def test_an_answer_that_is_interrupted_leaves_the_conversation(waiting: int) -> None:
    asked = asyncio.Event()
    core = Core(model=ScriptedModel("You ", Noticed(asked), "never [1]."))
    await core.library.add_text(TEXT, origin="test")
    recorder = Recorder()
    with Keyboard() as keyboard:
        talk = asyncio.create_task(
            converse(LocalDesk(core.saseo, limit=1), keyboard, recorder.terminal, audience=EVERYBODY)
        )
        os.write(waiting, f"{ASKED}\n".encode())
        await asyncio.wait_for(asked.wait(), PATIENCE)
        keyboard.interrupt()
        os.write(waiting, b"/quit\n")
        await asyncio.wait_for(talk, PATIENCE)
    assert "Stopped." in recorder.error
