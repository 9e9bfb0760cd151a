"""Roles live and die together, and a wish to end is granted within bounds."""

import asyncio
import logging
import signal

import pytest

from adapters.contract import Role
from bot.run import Ended, Stop, run_roles
from core.errors import Refused
from tests.fakes.patience import PATIENCE


class Player:
    """A role that waits, counts, and ends as it is told."""

    def __init__(self, name: str = "player", *, drains: asyncio.Event | None = None, quiet: bool = False) -> None:
        self.name = name
        self.started = asyncio.Event()
        self.ended = False
        self._drains = drains
        self._quiet = quiet

    async def run(self) -> None:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self._drains is not None:
                await self._drains.wait()
            self.ended = True
            if not self._quiet:
                raise


class Mortal:
    """A role that dies, or comes to an end, when it starts."""

    name = "mortal"

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def run(self) -> None:
        if self._error is not None:
            raise self._error


async def running(*roles: Role, stop: Stop) -> asyncio.Task[None]:
    task = asyncio.create_task(run_roles(roles, stop))
    for role in roles:
        if isinstance(role, Player):
            await role.started.wait()
    return task


@pytest.mark.parametrize("quiet", [True, False])
async def test_asked_to_end_every_role_ends_and_nothing_is_raised(quiet: bool) -> None:
    roles = [Player("one", quiet=quiet), Player("two", quiet=quiet)]
    stop = Stop()
    task = await running(*roles, stop=stop)
    stop.ask()
    await task
    assert [role.ended for role in roles] == [True, True]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_asks_for_the_end(number: signal.Signals) -> None:
    role, stop = Player(), Stop()
    stop.listen()
    try:
        task = await running(role, stop=stop)
        signal.raise_signal(number)
        await task
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().remove_signal_handler(each)
    assert role.ended


async def test_what_is_under_way_is_finished_first() -> None:
    drains = asyncio.Event()
    role, stop = Player(drains=drains), Stop()
    task = await running(role, stop=stop)
    stop.ask()
    await asyncio.sleep(0)
    assert not task.done()
    drains.set()
    await task
    assert role.ended


async def test_when_one_dies_all_end_and_the_log_says_who(caplog: pytest.LogCaptureFixture) -> None:
    other, stop = Player(), Stop()
    with pytest.raises(ExceptionGroup) as raised:
        await run_roles([other, Mortal(ValueError("broken"))], stop)
    assert [str(error) for error in raised.value.exceptions] == ["broken"]
    assert "mortal died" in caplog.text
    assert "Traceback" in caplog.text


async def test_a_trouble_with_a_sentence_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ExceptionGroup):
        await run_roles([Mortal(Refused("library.unknown", document_id="x"))], Stop())
    assert "mortal cannot go on" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_role_that_ends_by_itself_is_a_death() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        await run_roles([Mortal(None)], Stop())
    assert isinstance(raised.value.exceptions[0], Ended)


async def test_asked_twice_it_ends_at_once(caplog: pytest.LogCaptureFixture) -> None:
    ends: list[str] = []
    drains = asyncio.Event()
    stop = Stop(at_once=lambda: ends.append("now"))
    task = await running(Player(drains=drains), stop=stop)
    stop.ask()
    assert ends == []
    stop.ask()
    assert ends == ["now"]
    drains.set()
    await task


async def test_a_drain_that_takes_too_long_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    drains, cut = asyncio.Event(), asyncio.Event()
    stop = Stop(drain=0.01, at_once=cut.set)
    with caplog.at_level(logging.INFO):
        task = await running(Player(drains=drains), stop=stop)
        stop.ask()
        await asyncio.wait_for(cut.wait(), PATIENCE)
    assert "did not end within" in caplog.text
    drains.set()
    await task


async def test_a_drain_after_a_death_is_bounded_too() -> None:
    drains, cut = asyncio.Event(), asyncio.Event()
    other = Player(drains=drains)
    stop = Stop(drain=0.01, at_once=cut.set)
    task = asyncio.create_task(run_roles([other, Mortal(ValueError("broken"))], stop))
    await asyncio.wait_for(cut.wait(), PATIENCE)
    drains.set()
    with pytest.raises(ExceptionGroup):
        await task
