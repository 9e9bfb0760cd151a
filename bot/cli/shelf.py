"""The documents that are known: list, check again, forget."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer

from bot.cli.terminal import FAILED, Terminal, start, table
from bot.desk import Desk, open_desk
from bot.settings import Settings
from core.errors import SaseoError
from core.origins import is_link
from core.types import GUIDE, Document

COLUMNS = ("id", "title", "scope", "state", "passages", "origin")


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(sources)
    app.command()(forget)
    app.command()(refresh)


def sources(*, as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False) -> None:
    """Lists the documents that answers can rest on."""
    settings, terminal = start()
    asyncio.run(_sources(settings, terminal, as_json=as_json))


def forget(document_id: Annotated[list[str], typer.Argument(help="Ids, as `sources` lists them.")]) -> None:
    """Deletes documents: no answer rests on them any more."""
    settings, terminal = start()
    asyncio.run(_forget(document_id, settings, terminal))


def refresh(
    document_id: Annotated[list[str] | None, typer.Argument(help="Ids; without one, every link.")] = None,
) -> None:
    """Checks links again now, and reads those that changed."""
    settings, terminal = start()
    asyncio.run(_refresh(document_id or [], settings, terminal))


async def _sources(settings: Settings, terminal: Terminal, *, as_json: bool) -> None:
    async with open_desk(settings, locale=terminal.locale) as desk:
        # The guide comes with the program: listing it would hide what the user handed in.
        documents = [document async for document in desk.documents() if document.scope != GUIDE]
    if as_json:
        print(json.dumps([_row(document) for document in documents], ensure_ascii=False, indent=2))  # noqa: T201
    elif documents:
        table(COLUMNS, [_cells(document) for document in documents], terminal)
    else:
        terminal.say("cli.no_documents")


async def _forget(document_ids: Sequence[str], settings: Settings, terminal: Terminal) -> None:
    async with open_desk(settings, locale=terminal.locale) as desk:
        gone = set(await desk.forget(document_ids))
    for document_id in document_ids:
        if document_id in gone:
            terminal.say("cli.forgotten", id=document_id)
        else:
            terminal.say("library.unknown", style="red", document_id=document_id)
    if gone != set(document_ids):
        raise typer.Exit(FAILED)


async def _refresh(document_ids: Sequence[str], settings: Settings, terminal: Terminal) -> None:
    async with open_desk(settings, locale=terminal.locale) as desk:
        known = {document.id: document async for document in desk.documents()}
        links = [document for document in known.values() if is_link(document)]
        chosen = [known[document_id] for document_id in document_ids if document_id in known] if document_ids else links
        unknown = [document_id for document_id in document_ids if document_id not in known]
        for document_id in unknown:
            terminal.say("library.unknown", style="red", document_id=document_id)
        if not chosen and not unknown:
            terminal.say("cli.no_links")
        well = [await _again(desk, document, terminal) for document in chosen]
    if unknown or not all(well):
        raise typer.Exit(FAILED)


async def _again(desk: Desk, document: Document, terminal: Terminal) -> bool:
    name = document.url or document.title
    try:
        taken = await desk.refresh(document)
    except SaseoError as error:
        terminal.say("cli.refused", style="red", name=name, reason=error.text(terminal.locale))
        return False
    if taken.error is not None:
        terminal.say("cli.refused", style="red", name=name, reason=taken.error)
        return False
    code = "cli.refreshed" if taken.changed else "cli.unchanged"
    terminal.say(code, name=name, id=taken.document_id)
    return True


def _row(document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "title": document.title,
        "origin": document.origin,
        "url": document.url,
        "scope": str(document.scope),
        "state": document.state,
        "media_type": document.media_type,
        "passages_count": document.passage_count,
        "metadata": dict(document.metadata),
        "read_at": document.read_at.isoformat(),
        "next_check_at": document.next_check_at.isoformat() if document.next_check_at else None,
        "failures": document.failures,
        "last_error": document.error,
    }


def _cells(document: Document) -> tuple[str, ...]:
    return (
        document.id,
        document.title,
        str(document.scope),
        document.state,
        str(document.passage_count),
        document.origin,
    )
