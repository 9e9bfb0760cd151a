"""Taking documents in."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.scopes import scope_of
from bot.cli.targets import Target, Wrong, targets
from bot.cli.terminal import FAILED, Terminal, start
from bot.desk import Desk, File, Page, Taken, open_desk
from bot.filling import filling
from bot.place import hold_all
from bot.settings import Settings
from core.errors import Refused, SaseoError
from core.followed import DEEPEST, MOST
from core.messages import render
from core.ports import DocumentFilter
from core.types import Scope

if TYPE_CHECKING:
    from rich.progress import Progress

AT_ONCE = 4
"""Files on their way side by side."""


@dataclass(frozen=True, slots=True)
class Wish:
    """For whom something is taken in, and how far links are followed; None: not at all."""

    scope: Scope
    depth: int | None = None
    most: int = 100


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(ingest)


def ingest(
    target: Annotated[list[str] | None, typer.Argument(help="Files, folders or links.", metavar="PATH|URL...")] = None,
    scope: Annotated[str, typer.Option(help="Who may read it: public, workspace:slack:T1, ...")] = "public",
    *,
    follow: Annotated[
        int | None,
        typer.Option(min=1, max=DEEPEST, help="Also read what links lead to, so many steps.", metavar="DEPTH"),
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=MOST, help="With --follow, so many pages.", metavar="COUNT")] = 100,
    reindex: Annotated[bool, typer.Option("--reindex", help="First index everything that is known again.")] = False,
) -> None:
    """Takes in files, folders and links, and says what became of each."""
    if not target and not reindex:
        raise typer.BadParameter("name a file, a folder or a link", param_hint="PATH|URL...")
    settings, terminal = start()
    what = list(targets(target or []))
    if follow is not None and not any(isinstance(one, str) for one in what):
        raise Refused("sitemap.follows_links")
    wish = Wish(scope_of(scope), depth=follow, most=most)
    asyncio.run(_ingest(what, wish, settings, terminal, reindex=reindex))


async def _ingest(what: Sequence[Target], wish: Wish, settings: Settings, terminal: Terminal, *, reindex: bool) -> None:
    if reindex:
        await _reindex(settings, terminal)
    if not what:
        return
    sites = [target for target in what if isinstance(target, str)] if wish.depth is not None else []
    others = [target for target in what if target not in sites]
    async with open_desk(settings, locale=terminal.locale) as desk:
        whole = not others or await take_in(desk, others, terminal, scope=wish.scope)
        for site in sites:
            whole = await take_in_site(desk, site, terminal, wish=wish) and whole
    if not whole:
        raise typer.Exit(FAILED)


async def _reindex(settings: Settings, terminal: Terminal) -> None:
    from bot.wiring import open_saseo

    count = 0
    with hold_all(settings) as place, filling(settings), progress(terminal) as bar:
        async with open_saseo(settings, place=place, fresh_indexes=True) as saseo:
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


async def take_in_site(desk: Desk, url: str, terminal: Terminal, *, wish: Wish) -> bool:
    """Takes in a link and what it leads to, a line for each, and returns whether everything was taken or is going to
    be."""
    taken = refused = 0
    with progress(terminal) as bar:
        task = bar.add_task(render("cli.stage_load", terminal.locale), total=None)
        try:
            async for page in desk.follow(url, scope=wish.scope, depth=wish.depth or 1, most=wish.most):
                bar.update(task, total=page.total, advance=1)
                taken += page.taken is not None
                refused += page.reason is not None
                _say_page(page, terminal)
        except SaseoError as error:
            refused += 1
            _refused(url, error, terminal)
    terminal.say("cli.ingested", taken=taken, refused=refused)
    return refused == 0


def _say_page(page: Page, terminal: Terminal) -> None:
    if page.taken is not None:
        _say_taken(page.url, page.taken, terminal)
    elif page.reason is not None:
        _refused(page.url, page.reason, terminal)
    else:
        terminal.say("sitemap.waits", style="dim", name=page.url, reason=render("sitemap.waiting", terminal.locale))


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
        _refused(name, error, terminal)
        return False
    _say_taken(name, taken, terminal)
    return True


def _refused(name: str, error: SaseoError, terminal: Terminal) -> None:
    terminal.say("cli.refused", style="red", name=name, reason=error.text(terminal.locale))


def _say_taken(name: str, taken: Taken, terminal: Terminal) -> None:
    if taken.changed:
        terminal.say("cli.added", name=name, passages=taken.passages, id=taken.document_id)
    else:
        terminal.say("cli.unchanged", style="dim", name=name, id=taken.document_id)


async def _take(desk: Desk, target: Target, *, scope: Scope) -> Taken:
    if isinstance(target, Wrong):
        raise target.reason
    if isinstance(target, File):
        return await desk.add_file(target, scope=scope)
    return await desk.add_link(target, scope=scope)
