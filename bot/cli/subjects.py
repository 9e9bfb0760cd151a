"""Handing over and erasing what is kept of a person or a channel."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.subjects import subject_of
from bot.cli.terminal import FAILED, Terminal, start, table
from bot.registry import open_registry
from bot.settings import Settings
from core.messages import render
from core.subjects import Individual, Subject

if TYPE_CHECKING:
    from core.erasing import Counts

YES = ("y", "yes", "예", "네")
Who = Annotated[str, typer.Argument(help="slack:T1:U1, discord:1, or a channel as slack:T1:C1.", metavar="WHO")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(export)
    app.command()(erase)


def export(
    who: Who, *, to: Annotated[Path, typer.Option("--to", help="The archive to write.", metavar="FILE")]
) -> None:
    """Writes what is kept of a person or a channel to one archive, also while the bot runs."""
    settings, terminal = start()
    _show(asyncio.run(_exported(subject_of(who), to.absolute(), settings, terminal)), terminal)
    terminal.say("subject.exported", path=to)
    terminal.say("subject.keep_safe")


def erase(
    who: Who,
    *,
    with_documents: Annotated[
        bool, typer.Option("--with-documents", help="Also documents that the person added in the console.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erases what is kept of a person or a channel, and notes that in the audit log."""
    settings, terminal = start()
    whose = subject_of(who)
    _show(asyncio.run(_counted(whose, settings, terminal, documents=with_documents)), terminal)
    if not yes and not _agreed(whose, terminal):
        terminal.say("subject.kept")
        raise typer.Exit(FAILED)
    asyncio.run(_erased(whose, settings, terminal, documents=with_documents))
    if isinstance(whose, Individual):
        terminal.say("subject.deeds_stay")
    terminal.say("subject.erased")


async def _exported(whose: Subject, target: Path, settings: Settings, terminal: Terminal) -> "Counts":
    async with open_registry(settings, locale=terminal.locale) as registry:
        return await registry.export(whose, target)


async def _counted(whose: Subject, settings: Settings, terminal: Terminal, *, documents: bool) -> "Counts":
    async with open_registry(settings, locale=terminal.locale) as registry:
        return await registry.count(whose, documents=documents)


async def _erased(whose: Subject, settings: Settings, terminal: Terminal, *, documents: bool) -> None:
    async with open_registry(settings, locale=terminal.locale) as registry:
        await registry.erase(whose, documents=documents)


def _agreed(whose: Subject, terminal: Terminal) -> bool:
    """Asks; no answer is no."""
    terminal.note("subject.sure", name=whose)
    try:
        return input().strip().lower() in YES
    except EOFError:
        return False


def _show(counts: "Counts", terminal: Terminal) -> None:
    columns = [render("subject.kind", terminal.locale), render("subject.count", terminal.locale)]
    rows = [(render(f"subject.kind_{kind}", terminal.locale), str(count)) for kind, count in counts.items()]
    table(columns, rows, terminal)
