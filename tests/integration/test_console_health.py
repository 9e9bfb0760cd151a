"""The page that says how the bot is: what it does, what waits, what went wrong, and what it lacks."""

import html
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from adapters.http.api import create_app
from adapters.http.condition import Condition, Found, Trouble
from adapters.http.console import wellness
from bot.acting import OneOfMany
from bot.roles import build
from bot.settings import Settings
from bot.troubles import KEPT, LONGEST, Troubles, keeping_troubles
from core.backends.memory_leases import MemoryLeases
from core.inbox import Accepted
from core.leases import Owner
from tests.fakes.saseo import Core

AT = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = {"Accept": "text/html"}


async def shown(core: Core, condition: Condition, path: str = "/console/health", *, locale: str = "en") -> str:
    app: FastAPI = create_app(core.saseo, version="1", token=None, max_file_bytes=1000, condition=condition)
    headers = {**PAGE, "Accept-Language": locale}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        return html.unescape((await client.get(path)).text)


async def test_it_says_who_acts_and_who_stands_by() -> None:
    page = await shown(Core(), Condition(roles=lambda: {"slack": True, "scheduler": False}))
    assert page.index("slack") < page.index(">acts<") < page.index("scheduler") < page.index("stands by")


async def test_it_says_what_was_accepted_and_is_not_finished() -> None:
    core = Core()
    assert ">Nothing<" in await shown(core, Condition())
    for number in range(3):
        await core.store.inbox.accept(Accepted(f"slack:T1:C1:{number}", "thread", {}), holder="one")
    page = await shown(core, Condition())
    assert ">Nothing<" not in page
    assert '>slack</th><td class="number">3<' in page


async def test_a_trouble_is_found_by_its_reference() -> None:
    trouble = Trouble(AT, "0a1b2c3d", "core.chat: answer failed")
    page = await shown(Core(), Condition(troubles=lambda: [trouble]))
    assert "0a1b2c3d" in page
    assert "core.chat: answer failed" in page
    assert "Nothing since the start" in await shown(Core(), Condition())


async def test_everything_is_looked_at_when_somebody_asks_for_it() -> None:
    asked: list[str] = []

    async def examine(locale: str) -> Sequence[Found]:
        asked.append(locale)
        return [Found("good", "The disk has room."), Found("wrong", "Slack knows no such token.")]

    condition = Condition(examine=examine)
    assert "Slack knows no such token." not in await shown(Core(), condition)
    assert asked == []
    page = await shown(Core(), condition, "/console/health?examined=true", locale="ko")
    assert "Slack knows no such token." in page
    assert asked == ["ko"]
    # Whoever says nothing of it is asked as well.
    assert "What Saseo needs" in await shown(Core(), Condition(), "/console/health?examined=true")


async def test_looking_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wellness, "EXAMINED_SECONDS", 0)

    async def examine(_: str) -> Sequence[Found]:
        raise TimeoutError

    page = await shown(Core(), Condition(examine=examine), "/console/health?examined=true")
    assert "Looking took too long" in page


def test_errors_and_whatever_has_a_reference_are_kept_without_secrets() -> None:
    log = logging.getLogger("core.chat")
    with keeping_troubles() as troubles:
        log.warning("a store is slow")
        log.warning("answer failed: %s (reference %s)", "model.away", "0a1b2c3d")
        log.error("gave\nup with Bearer abcdefgh %s", "x" * 1000)
    log.error("nobody listens any more")
    latest, first = troubles.latest()
    assert (first.reference, first.text) == ("0a1b2c3d", "core.chat: answer failed: model.away")
    assert latest.reference == ""
    assert latest.text.startswith("core.chat: gave up with Bearer [redacted] xxx")
    assert len(latest.text) <= LONGEST + len("core.chat: ")


def test_only_the_latest_are_kept() -> None:
    troubles = Troubles()
    for number in range(KEPT + 1):
        troubles.emit(logging.makeLogRecord({"levelno": logging.ERROR, "name": "n", "msg": str(number)}))
    assert len(troubles.latest()) == KEPT
    assert troubles.latest()[0].text == f"n: {KEPT}"


async def test_the_program_knows_its_roles_and_examines_itself(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("examined")
    monkeypatch.chdir(folder)
    settings = Settings(_env_file=None, data_dir=folder / "data", discord_token=SecretStr("t"))  # type: ignore[call-arg]
    http, *_ = build(Core().saseo, settings, ("http", "discord"))
    condition: Condition = http._app.state.condition  # type: ignore[attr-defined]
    assert condition.roles() == {"http": True, "discord": False}
    assert condition.troubles() == ()


async def test_a_role_that_one_process_plays_acts_while_it_is_the_owner() -> None:
    owner = Owner(MemoryLeases(), "scheduler")
    role = OneOfMany("scheduler", owner, lambda: None)  # type: ignore[arg-type, return-value]
    assert not role.acts
    await owner.own()
    assert role.acts
