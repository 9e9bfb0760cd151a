"""Moving a library to another store."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.knowledge import progress
from bot.cli.terminal import FAILED, Terminal, start, table
from bot.place import hold_all
from bot.settings import Settings
from core.backup import STORE
from core.messages import render

if TYPE_CHECKING:
    from bot.migration import Migration


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(migrate)


def migrate(
    to: Annotated[
        str, typer.Option("--to", help="faiss, chroma, pinecone, the address of a Chroma server, or postgresql.")
    ],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Empty the target first.")] = False,
) -> None:
    """Copies vectors to another vector store, or everything else to PostgreSQL, and proves that all is there."""
    from bot.store_migration import address_of

    settings, terminal = start()
    address = address_of(to, settings)
    if address is None:
        asyncio.run(_vectors(to, settings, terminal, replace=replace))
    else:
        asyncio.run(_store(address, settings, terminal, replace=replace))


async def _vectors(to: str, settings: Settings, terminal: Terminal, *, replace: bool) -> None:
    from bot.migration import changes, migrate_vectors, place, target_of

    target = target_of(to, settings)
    with hold_all(settings), _advancing("migrate.stage", terminal) as advance:
        moved = await migrate_vectors(settings, target, replacing=replace, advance=advance)
    _show(moved, place(settings), place(target), terminal)
    if not moved.whole:
        terminal.say("migrate.differs", style="red", missing=moved.missing, differing=moved.differing)
        raise typer.Exit(FAILED)
    terminal.say("migrate.done", settings=", ".join(changes(settings, target)))


async def _store(address: str, settings: Settings, terminal: Terminal, *, replace: bool) -> None:
    from bot.store_migration import migrate_store

    with hold_all(settings), _advancing("migrate.stage_rows", terminal) as advance:
        copied = await migrate_store(settings.data_dir / STORE, address, replacing=replace, advance=advance)
    columns = [render(f"migrate.{name}", terminal.locale) for name in ("table", "here", "there_before", "there_after")]
    rows = [(name, str(copied.known[name]), str(copied.before[name]), str(copied.after[name])) for name in copied.known]
    table(columns, rows, terminal)
    if not copied.whole:
        terminal.say("migrate.differs_database", style="red", differing=copied.differing)
        raise typer.Exit(FAILED)
    terminal.say("migrate.done", settings="DATABASE_URL")


@contextmanager
def _advancing(code: str, terminal: Terminal) -> Iterator[Callable[[int, int], None]]:
    """A bar, and what moves it on: what is done, and of how much."""
    with progress(terminal) as bar:
        task = bar.add_task(render(code, terminal.locale), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(moved: "Migration", source: str, target: str, terminal: Terminal) -> None:
    columns = [render(f"migrate.{name}", terminal.locale) for name in ("store", "before", "after")]
    counts = {render("migrate.library", terminal.locale): moved.shelves, source: moved.source, target: moved.target}
    table(columns, [(name, str(one.before), str(one.after)) for name, one in counts.items()], terminal)
