"""The doctor looks at Discord: token, intent, commands, permissions, and what does not work without them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import discord
import pytest

from adapters.discord.checkup import MOST_GUILDS, NAMED, NEEDED, PERMISSIONS, Look, invitation, look
from adapters.discord.registering import register_commands
from bot.doctor import examine
from bot.settings import Settings
from core.messages import LOCALES, render
from tests.fakes.discord import FakeDiscord, Fault
from tests.integration.discord_adapting import options
from tests.integration.discord_running import fake_discord


async def looked(fake: FakeDiscord, folder: Path, **more: Any) -> list[Look]:
    found = [seen async for seen in look(options(fake, folder, **more))]
    for seen in found:
        assert all(render(seen.code, locale, **seen.details) for locale in LOCALES)
    return found


def codes(found: Iterable[Look], level: str) -> list[str]:
    return [seen.code.removeprefix("discord_connection.") for seen in found if seen.level == level]


async def test_a_bot_that_has_everything_lacks_nothing(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        await register_commands(options(fake, tmp_path))
        found = await looked(fake, tmp_path, message_content=True)
        assert codes(found, "good") == ["found", "content_on", "commands_known", "guild_good"]
        assert codes(found, "note") == ["invitation"]
        assert codes(found, "wrong") == []


async def test_before_its_first_start_it_misses_the_commands_and_a_server(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        fake.leave(fake.bot, fake.guild)
        found = await looked(fake, tmp_path)
        assert codes(found, "wrong") == ["commands_missing", "no_guild"]
        assert codes(found, "note") == ["content_off"]
        link = next(str(seen.details["url"]) for seen in found if "url" in seen.details)
        assert f"client_id={fake.world.application_id}" in link


async def test_an_intent_that_was_not_granted_is_named(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        fake.world.message_content = False
        assert "intent" in codes(await looked(fake, tmp_path, message_content=True), "wrong")
        assert "intent" not in codes(await looked(fake, tmp_path), "wrong")


@pytest.mark.parametrize("permission", NEEDED)
async def test_a_missing_permission_is_named_with_its_channel_and_what_breaks(permission: str, tmp_path: Path) -> None:
    async with fake_discord() as fake:
        await register_commands(options(fake, tmp_path))
        denied = discord.Permissions(**{permission: True}).value
        fake.overwrite(fake.general, fake.guild.roles[fake.guild.id], deny=denied)
        found = await looked(fake, tmp_path)
        expected = {NEEDED[permission].removeprefix("discord_connection.")}
        if permission == "send_messages":
            # Without it nothing can be written in threads either, by Discord's rule.
            expected |= set(codes(found, "wrong")) & {"lacks_send_messages_in_threads"}
        assert set(codes(found, "wrong")) == expected
        assert all("#general" in str(seen.details["channels"]) for seen in found if "channels" in seen.details)


async def test_a_closed_channel_is_only_noted_unless_all_are_closed(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        await register_commands(options(fake, tmp_path))
        for number in range(NAMED + 2):
            fake.new_channel(f"closed-{number}", only=[fake.sam], bot=False)
        found = await looked(fake, tmp_path)
        assert "lacks_view_channel" in codes(found, "note")
        assert codes(found, "wrong") == []
        named = next(str(seen.details["channels"]) for seen in found if "channels" in seen.details)
        assert named.endswith("(+2)")
        fake.delete_channel(fake.general)
        assert codes(await looked(fake, tmp_path), "wrong") == ["lacks_view_channel"]


async def test_a_server_that_cannot_be_looked_at_is_noted(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        fake.faults.add(Fault("GET /guilds/*/channels", status=403, code=50001))
        assert "guild_unseen" in codes(await looked(fake, tmp_path), "note")


async def test_of_very_many_servers_some_are_looked_at(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        for number in range(MOST_GUILDS + 2):
            fake.new_guild(f"guild {number}")
        found = await looked(fake, tmp_path)
        assert "guilds_unseen" in codes(found, "note")
        assert codes(found, "good").count("guild_good") == MOST_GUILDS


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"token": "wrong"}, "token"),
        ({"api_url": "http://127.0.0.1:9/api/v10"}, "away"),
    ],
)
async def test_what_is_wrong_is_named(more: dict[str, str], code: str, tmp_path: Path) -> None:
    async with fake_discord() as fake:
        assert codes(await looked(fake, tmp_path, **more), "wrong") == [code]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("GET /oauth2/*", status=401), "token"),
        (Fault("GET /users/@me", status=403), "away"),
        (Fault("GET /users/@me", status=429, retry_after=300.0), "away"),
    ],
)
async def test_trouble_while_looking_is_named(fault: Fault, code: str, tmp_path: Path) -> None:
    async with fake_discord() as fake:
        fake.faults.add(fault)
        assert codes(await looked(fake, tmp_path), "wrong") == [code]


async def test_the_doctor_says_what_it_found_in_discord(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        values = {name.lower(): value for name, value in fake.environment.items()}
        given = Settings.model_validate({"data_dir": tmp_path, **values})
        found = [finding async for finding in examine(given)]
        assert {"discord_connection.found", "discord_connection.content_off"} <= {finding.code for finding in found}
        without = [finding async for finding in examine(Settings.model_validate({"data_dir": tmp_path}))]
        assert "discord_connection.none" in {finding.code for finding in without}


def test_the_link_asks_for_the_least() -> None:
    asked = discord.Permissions(
        view_channel=True,
        send_messages=True,
        send_messages_in_threads=True,
        read_message_history=True,
        add_reactions=True,
    )
    assert asked == PERMISSIONS
    link = invitation(123)
    assert f"permissions={PERMISSIONS.value}" in link
    assert "scope=bot+applications.commands" in link
