"""Backing a library up while it is in use, and bringing it back."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.knowledge import progress
from bot.cli.terminal import FAILED, Terminal, start
from bot.place import hold_all
from bot.reaching import reached
from bot.settings import Settings
from core.messages import render

if TYPE_CHECKING:
    from core.backup import Manifest
    from core.saseo import Saseo


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(backup)
    app.command()(restore)


def backup(file: Annotated[Path, typer.Argument(help="The file to write.", metavar="FILE")]) -> None:
    """Writes everything to one file, also while the bot runs."""
    settings, terminal = start()
    manifest = asyncio.run(_backed_up(settings, file.absolute(), terminal))
    terminal.say(
        "backup.made",
        documents=manifest.documents,
        passages=manifest.passages,
        vectors=manifest.vectors,
        path=file,
        size=f"{file.stat().st_size / 1024 / 1024:.1f} MB",
    )
    terminal.say("backup.keep_safe")


def restore(
    file: Annotated[Path, typer.Argument(help="The file that `backup` wrote.", metavar="FILE")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Give up what is there now.")] = False,
) -> None:
    """Brings back what `backup` wrote, into the stores that the settings name. The bot must not run."""
    from bot.restoring import restore as bring_back

    settings, terminal = start()
    with hold_all(settings) as place, progress(terminal) as bar:
        task = bar.add_task(render("backup.stage", terminal.locale), total=None)
        restored = asyncio.run(
            bring_back(
                settings,
                file,
                place=place,
                replacing=replace,
                advance=lambda done, total: bar.update(task, completed=done, total=total),
            )
        )
    if restored.embedded_anew:
        terminal.say("backup.anew")
    terminal.say(
        "backup.restored",
        documents=restored.documents,
        expected=restored.manifest.documents,
        passages=restored.vectors,
        made_at=restored.manifest.made_at,
    )
    if not restored.whole:
        terminal.say("backup.not_whole", style="red")
        raise typer.Exit(FAILED)


class _Here:
    """The library in this process."""

    def __init__(self, saseo: "Saseo") -> None:
        self._saseo = saseo

    async def backup(self, target: Path) -> "Manifest":
        return (await self._saseo.backup(target)).manifest


async def _backed_up(settings: Settings, target: Path, terminal: Terminal) -> "Manifest":
    """By the process that runs, where there is one: only it can read its vectors."""
    async with reached(settings, _Here, locale=terminal.locale) as desk:
        return await desk.backup(target)
