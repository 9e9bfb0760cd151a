"""Moving a library to another store."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.knowledge import progress
from bot.cli.terminal import FAILED, Terminal, start, table
from bot.lock import hold
from bot.settings import Settings
from core.messages import render

if TYPE_CHECKING:
    from bot.migration import Migration


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(migrate)


def migrate(
    to: Annotated[str, typer.Option("--to", help="faiss, chroma, pinecone, or the address of a Chroma server.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Empty the target first.")] = False,
) -> None:
    """Copies the vectors of all documents to another store, and proves that all are there."""
    settings, terminal = start()
    asyncio.run(_migrate(to, settings, terminal, replace=replace))


async def _migrate(to: str, settings: Settings, terminal: Terminal, *, replace: bool) -> None:
    from bot.migration import changes, migrate_vectors, place, target_of

    target = target_of(to, settings)
    with hold(settings.data_dir), progress(terminal) as bar:
        task = bar.add_task(render("migrate.stage", terminal.locale), total=None)
        moved = await migrate_vectors(
            settings,
            target,
            replacing=replace,
            advance=lambda done, total: bar.update(task, completed=done, total=total),
        )
    _show(moved, place(settings), place(target), terminal)
    if not moved.whole:
        terminal.say("migrate.differs", style="red", missing=moved.missing, differing=moved.differing)
        raise typer.Exit(FAILED)
    terminal.say("migrate.done", settings=", ".join(changes(settings, target)))


def _show(moved: "Migration", source: str, target: str, terminal: Terminal) -> None:
    columns = [render(f"migrate.{name}", terminal.locale) for name in ("store", "before", "after")]
    counts = {render("migrate.library", terminal.locale): moved.shelves, source: moved.source, target: moved.target}
    table(columns, [(name, str(one.before), str(one.after)) for name, one in counts.items()], terminal)
