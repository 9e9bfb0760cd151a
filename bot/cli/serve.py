"""Running the bot."""

import asyncio
from typing import Annotated

import typer

from bot.cli.greeting import greeting
from bot.cli.terminal import FAILED, Terminal, exit_code, start
from bot.place import hold_place
from bot.roles import HTTP, address, build, chosen
from bot.run import Stop, run_roles
from bot.settings import Settings
from bot.troubles import keeping_troubles
from core.errors import SaseoError


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(run)


def run(
    only: Annotated[str | None, typer.Option(help="Roles to run, with commas: http,scheduler.")] = None,
) -> None:
    """Runs the bot: every role that is configured, until it is told to end."""
    settings, terminal = start(quiet=False)
    asyncio.run(_run(settings, chosen(only, settings), terminal))


async def _run(settings: Settings, names: tuple[str, ...], terminal: Terminal) -> None:
    try:
        await serve(settings, names, terminal)
    except BaseExceptionGroup as group:
        # Whatever it was stands in the log already; what the user can mend is said here as well.
        raise typer.Exit(_told(group, terminal)) from None


async def serve(settings: Settings, names: tuple[str, ...], terminal: Terminal) -> None:
    """Opens the library and plays these roles until a signal comes."""
    from bot.wiring import open_saseo

    stop = Stop()
    stop.listen()
    url = address(settings) if HTTP in names else None
    with hold_place(settings, url=url) as place, keeping_troubles() as troubles:
        async with open_saseo(settings, place=place) as saseo:
            for line in greeting(settings, names, terminal.locale):
                terminal.out.print(line, soft_wrap=True)
            await run_roles(build(saseo, settings, names, troubles=troubles), stop)


def _told(group: BaseExceptionGroup[BaseException], terminal: Terminal) -> int:
    error: BaseException | None = group.subgroup(SaseoError)
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if not isinstance(error, SaseoError):
        return FAILED
    terminal.complain(error)
    return exit_code(error)
