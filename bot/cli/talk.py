"""Asking: one question, or a conversation in the terminal."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from bot.cli.keyboard import Keyboard
from bot.cli.scopes import audience_of
from bot.cli.terminal import FAILED, Terminal, show_answer, start
from bot.desk import Desk, open_desk
from bot.settings import Settings
from core.errors import SaseoError
from core.types import Answer, Audience

QUIT = ("/quit", "/exit", "/q")
NEW = "/new"

Scopes = Annotated[
    list[str] | None,
    typer.Option("--scope", help="Use the documents of this scope instead of public ones; repeatable."),
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(ask)
    app.command()(chat)


def ask(question: Annotated[str, typer.Argument(help="What you want to know.")], scope: Scopes = None) -> None:
    """Answers one question from the documents, with sources."""
    settings, terminal = start()
    asyncio.run(_ask(question, audience_of(scope), settings, terminal))


def chat(scope: Scopes = None) -> None:
    """A conversation in the terminal that understands follow-up questions. /new begins another, /quit ends it."""
    settings, terminal = start()
    asyncio.run(_chat(audience_of(scope), settings, terminal))


async def converse(desk: Desk, keyboard: Keyboard, terminal: Terminal, *, audience: Audience) -> None:
    """Answers line after line until there are no more."""
    conversation = _conversation()
    while (line := await keyboard.line()) is not None:
        text = line.strip()
        if text in QUIT:
            return
        if text == NEW:
            conversation = _conversation()
            terminal.note("cli.chat_new")
        elif text:
            parts = desk.answer(text, conversation=conversation, audience=audience, locale=terminal.locale)
            if not await keyboard.interruptible(_shown(parts, terminal)):
                terminal.note("cli.chat_stopped")


async def _ask(question: str, audience: Audience, settings: Settings, terminal: Terminal) -> None:
    async with open_desk(settings, locale=terminal.locale) as desk:
        parts = desk.answer(question, conversation=_conversation(), audience=audience, locale=terminal.locale)
        answer = await show_answer(parts, terminal)
    if answer.outcome == "failed":
        raise typer.Exit(FAILED)


async def _chat(audience: Audience, settings: Settings, terminal: Terminal) -> None:
    async with open_desk(settings, locale=terminal.locale) as desk:
        terminal.note("cli.chat_hint")
        with Keyboard() as keyboard:
            await converse(desk, keyboard, terminal, audience=audience)


async def _shown(parts: AsyncIterator[str | Answer], terminal: Terminal) -> None:
    try:
        await show_answer(parts, terminal)
    except SaseoError as error:
        terminal.complain(error)
    terminal.out.print()


def _conversation() -> str:
    return f"terminal-{uuid.uuid4()}"
