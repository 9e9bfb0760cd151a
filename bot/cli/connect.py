"""Connecting platforms: what they need to know of the bot."""

import asyncio
import json
from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.terminal import Terminal, start
from bot.roles import discord_options
from bot.settings import Settings
from core.errors import Refused


class Platform(StrEnum):
    """Platforms that are given a manifest."""

    slack = "slack"


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(manifest)
    app.command()(sync_commands)


def manifest(
    platform: Annotated[Platform, typer.Argument(help="The platform.")],
    url: Annotated[
        str | None, typer.Option(help="The bot's public address, for HTTP; without it, for Socket Mode.")
    ] = None,
    *,
    socket: Annotated[
        bool, typer.Option("--socket", help="With --url: Socket Mode all the same; people install the app there.")
    ] = False,
) -> None:
    """Prints what an app on a platform is made from."""
    from adapters.slack.manifest import manifest as for_slack

    makers = {Platform.slack: for_slack}
    print(json.dumps(makers[platform](url=url, over="socket" if socket else "http"), ensure_ascii=False, indent=2))  # noqa: T201


def sync_commands() -> None:
    """Tells Discord of the commands, also where they have not changed, and prints the link that adds the bot."""
    settings, terminal = start()
    asyncio.run(_sync_commands(settings, terminal))


async def _sync_commands(settings: Settings, terminal: Terminal) -> None:
    options = discord_options(settings)
    if options is None:
        raise Refused("discord_connection.no_token")
    from adapters.discord.registering import register_commands

    registered = await register_commands(options)
    terminal.say("discord_connection.synced", count=registered.count)
    terminal.say("discord_connection.invitation", url=registered.url)
