"""Taking documents in."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.scopes import scope_of
from bot.cli.targets import Target, Wrong, targets
from bot.cli.terminal import FAILED, Terminal, start
from bot.desk import Desk, File, Taken, open_desk
from bot.lock import hold
from bot.settings import Settings
from core.errors import SaseoError
from core.messages import render
from core.ports import DocumentFilter
from core.types import Scope

if TYPE_CHECKING:
    from rich.progress import Progress

AT_ONCE = 4
"""Files on their way side by side."""


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(ingest)


def ingest(
    target: Annotated[list[str] | None, typer.Argument(help="Files, folders or links.", metavar="PATH|URL...")] = None,
    scope: Annotated[str, typer.Option(help="Who may read it: public, workspace:slack:T1, ...")] = "public",
    *,
    reindex: Annotated[bool, typer.Option("--reindex", help="First index everything that is known again.")] = False,
) -> None:
    """Takes in files, folders and links, and says what became of each."""
    if not target and not reindex:
        raise typer.BadParameter("name a file, a folder or a link", param_hint="PATH|URL...")
    settings, terminal = start()
    where = scope_of(scope)
    asyncio.run(_ingest(list(targets(target or [])), where, settings, terminal, reindex=reindex))


async def _ingest(
    what: Sequence[Target], scope: Scope, settings: Settings, terminal: Terminal, *, reindex: bool
) -> None:
    if reindex:
        await _reindex(settings, terminal)
    if not what:
        return
    async with open_desk(settings, locale=terminal.locale) as desk:
        whole = await take_in(desk, what, terminal, scope=scope)
    if not whole:
        raise typer.Exit(FAILED)


async def _reindex(settings: Settings, terminal: Terminal) -> None:
    from bot.wiring import open_saseo

    count = 0
    with hold(settings.data_dir), progress(terminal) as bar:
        async with open_saseo(settings, fresh_indexes=True) as saseo:
            total = (await saseo.catalogue.page(DocumentFilter(), limit=1)).total
            task = bar.add_task(render("cli.stage_reindex", terminal.locale), total=total)
            async for _ in saseo.library.reindex():
                count += 1
                bar.advance(task)
    terminal.say("cli.reindexed", count=count)


async def take_in(desk: Desk, what: Sequence[Target], terminal: Terminal, *, scope: Scope) -> bool:
    """Takes all of it in, a line for each, and returns whether everything was taken."""
    refused = 0
    places = asyncio.Semaphore(AT_ONCE)

    async def one(target: Target) -> bool:
        async with places:
            return await _one(desk, target, terminal, scope=scope)

    with progress(terminal) as bar:
        task = bar.add_task("", total=len(what))
        for done in asyncio.as_completed([one(target) for target in what]):
            refused += not await done
            bar.advance(task)
    terminal.say("cli.ingested", taken=len(what) - refused, refused=refused)
    return refused == 0


def progress(terminal: Terminal) -> "Progress":
    """A bar that goes away when it is done, shown only where somebody watches."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(
        *columns,
        console=terminal.error,
        transient=True,
        disable=not terminal.error.is_terminal,
        # Results that go to a file must not be drawn around the bar on the screen.
        redirect_stdout=terminal.out.is_terminal,
    )


async def _one(desk: Desk, target: Target, terminal: Terminal, *, scope: Scope) -> bool:
    name = target.name if isinstance(target, File | Wrong) else target
    try:
        taken = await _take(desk, target, scope=scope)
    except SaseoError as error:
        terminal.say("cli.refused", style="red", name=name, reason=error.text(terminal.locale))
        return False
    if taken.changed:
        terminal.say("cli.added", name=name, passages=taken.passages, id=taken.document_id)
    else:
        terminal.say("cli.unchanged", style="dim", name=name, id=taken.document_id)
    return True


async def _take(desk: Desk, target: Target, *, scope: Scope) -> Taken:
    if isinstance(target, Wrong):
        raise target.reason
    if isinstance(target, File):
        return await desk.add_file(target, scope=scope)
    return await desk.add_link(target, scope=scope)
