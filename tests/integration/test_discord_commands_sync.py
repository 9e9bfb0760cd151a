"""Discord is told of the commands when they have changed or when somebody asks for it, and never otherwise."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.discord import sync as syncing
from adapters.discord.client import rest_client
from adapters.discord.commands import COMMANDS, MENUS
from adapters.discord.notes import Note
from adapters.discord.registering import register_commands
from adapters.discord.sync import COMMANDS_NOTE, Synced, sync
from adapters.discord.translating import payload
from core.errors import Refused, SaseoError, Unavailable
from tests.fakes.discord import FakeDiscord, Fault
from tests.integration.discord_adapting import adapted, options
from tests.integration.discord_answering import knowing
from tests.integration.discord_running import fake_discord

ROOT = Path(__file__).parents[2]
PUT = "PUT /applications/{application_id}/commands"


async def synced(fake: FakeDiscord, folder: Path, *, force: bool = False) -> Synced:
    client = rest_client()
    try:
        await client.login(fake.token)
        return await sync(client, Note(folder / COMMANDS_NOTE), force=force)
    finally:
        await client.close()


async def test_the_commands_are_told_once_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_discord() as fake:
        assert await synced(fake, tmp_path) is Synced.done
        assert await synced(fake, tmp_path) is Synced.unchanged
        assert len(fake.called(PUT)) == 1
        changed = payload()
        changed[0]["description_localizations"]["ko"] = "다른 설명"
        monkeypatch.setattr(syncing, "payload", lambda: changed)
        assert await synced(fake, tmp_path) is Synced.done
        assert await synced(fake, tmp_path, force=True) is Synced.done
        assert len(fake.called(PUT)) == 3


async def test_another_app_is_told_although_this_one_was(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        assert await synced(fake, tmp_path) is Synced.done
    async with fake_discord() as other:
        other.world.application_id = other.world.new_id()
        assert await synced(other, tmp_path) is Synced.done


async def test_a_note_that_cannot_be_kept_only_costs_another_telling(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    async with fake_discord() as fake:
        assert await synced(fake, blocked) is Synced.done
        assert await synced(fake, blocked) is Synced.done


async def test_a_broken_note_counts_as_none(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        for content in ("", "[]", "no json"):
            (tmp_path / COMMANDS_NOTE).write_text(content)
            assert await synced(fake, tmp_path) is Synced.done


@pytest.mark.parametrize(
    ("fault", "ended"),
    [
        ({"status": 400, "code": 30034}, Synced.too_many),
        ({"status": 429, "code": 30034, "retry_after": 40_000.0}, Synced.too_many),
        ({"status": 429, "retry_after": 60.0}, Synced.away),
        ({"status": 429, "via": False}, Synced.away),
        ({"status": 400, "code": 50035}, Synced.refused),
        ({"status": 403, "code": 50001}, Synced.refused),
        ({"drop": "before", "times": 2}, Synced.away),
    ],
)
async def test_what_goes_wrong_is_told_and_tried_again_at_the_next_start(
    fault: dict[str, Any], ended: Synced, tmp_path: Path
) -> None:
    async with fake_discord() as fake:
        fake.faults.add(Fault(PUT.replace("{application_id}", "*"), **fault))
        assert await synced(fake, tmp_path) is ended
        assert await synced(fake, tmp_path) is Synced.done


async def test_telling_that_fails_does_not_stop_the_bot(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        fake.faults.add(Fault("PUT /applications/*/commands", status=400, code=30034))
        core = await knowing()
        async with adapted(fake, core, tmp_path):
            fake.mention("How many days of paid leave do employees have?")
            await fake.posted("15 days")


async def test_neither_a_lost_session_nor_a_restart_tells_again(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        core = await knowing()
        async with adapted(fake, core, tmp_path):
            await fake.until(lambda: (tmp_path / COMMANDS_NOTE).exists() or None, what="a note")
            fake.gateway.invalidate()
            await fake.until(lambda: fake.gateway.handshakes.count("identified") == 2, what="a new session")
        async with adapted(fake, core, tmp_path):
            pass
        assert len(fake.called(PUT)) == 1


async def test_the_command_line_tells_and_gives_the_link(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        registered = await register_commands(options(fake, tmp_path))
        assert registered.count == len(COMMANDS) + len(MENUS)
        assert f"client_id={fake.world.application_id}" in registered.url
        assert len(fake.called(PUT)) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("PUT *", status=400, code=30034), "discord_connection.sync_too_many"),
        (Fault("PUT *", status=400, code=50035), "discord_connection.sync_refused"),
        (Fault("PUT *", drop="before", times=2), "discord_connection.away"),
        (Fault("GET /users/@me", drop="before", times=2), "discord_connection.away"),
        (Fault("GET /oauth2/*", status=401), "discord_connection.token"),
    ],
)
async def test_the_command_line_says_what_went_wrong(fault: Fault, code: str, tmp_path: Path) -> None:
    async with fake_discord() as fake:
        fake.faults.add(fault)
        with pytest.raises(SaseoError) as refusal:
            await register_commands(options(fake, tmp_path))
        assert refusal.value.code == code
        assert isinstance(refusal.value, Refused | Unavailable)


@pytest.mark.parametrize(("token", "code"), [("", 0), ("wrong", 2)])
async def test_the_command_tells_discord_and_prints_the_link(token: str, code: int, tmp_path: Path) -> None:
    async with fake_discord() as fake:
        given = {"DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT), "LANG": "en"}
        given |= fake.environment | ({"DISCORD_TOKEN": token} if token else {})
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "sync-commands"),
            env=os.environ | given,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, error = await running.communicate()
        assert running.returncode == code
        if code:
            assert b"Reset Token" in error
        else:
            assert f"client_id={fake.world.application_id}".encode() in out
            assert error == b""


async def test_a_wrong_token_is_told_on_the_command_line(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        with pytest.raises(Refused) as refusal:
            await register_commands(options(fake, tmp_path, token="wrong"))
        assert refusal.value.code == "discord_connection.token"


def offered() -> Iterator[dict[str, Any]]:
    for command in payload():
        yield command
        yield from command.get("options", ())


def test_everything_is_named_and_described_in_korean_within_the_limits_of_discord() -> None:
    for one in offered():
        assert 1 <= len(one["name_localizations"]["ko"]) <= 32
        if "description" in one:
            assert 1 <= len(one["description"]) <= 100
            assert 1 <= len(one["description_localizations"]["ko"]) <= 100
    names = [command["name"] for command in payload()]
    assert len(set(names)) == len(names)
    assert json.dumps(payload()) == json.dumps(payload())


def test_what_is_required_comes_first() -> None:
    for command in payload():
        required = [option["required"] for option in command.get("options", ())]
        assert required == sorted(required, reverse=True)
