"""How commands speak: texts from the catalogues, errors as one sentence, answers with numbered sources."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.text import Text

from bot.settings import Settings, load_settings
from core.errors import Refused, SaseoError
from core.messages import render
from core.types import Answer, Source

USAGE = 2
FAILED = 1
USAGE_CODES = (
    "settings.",
    "run.",
    "sitemap.follows_links",
    "http.port",
    "link_headers.",
    "slack.token",
    "slack.app_token",
    "discord_connection.addresses",
    "discord_connection.closed",
    "discord_connection.intent",
    "discord_connection.no_token",
    "discord_connection.sharding",
    "discord_connection.token",
)
"""Troubles with how the program was started rather than with what it was asked."""
LANGUAGE_VARIABLES = ("SASEO_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG")

Locale = Literal["ko", "en"]


class Paper(Console):
    """Prints as it is, and nothing more once nobody reads on, as behind `| head`: what a command does is done to its
    end all the same."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Whatever is flushed at the end goes nowhere, too."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command prints: results to `out`, everything else to `error`."""

    locale: Locale
    out: Console
    error: Console

    def say(self, code: str, *, style: str = "", **details: object) -> None:
        """Prints a text of the catalogues."""
        self.out.print(Text(plain(render(code, self.locale, **details)), style=style), soft_wrap=True)

    def note(self, code: str, **details: object) -> None:
        """Prints a text that is not part of the result."""
        self.error.print(Text(plain(render(code, self.locale, **details)), style="dim"), soft_wrap=True)

    def complain(self, error: SaseoError) -> None:
        """Prints what went wrong, as one sentence."""
        self.error.print(Text(plain(error.text(self.locale)), style="red"), soft_wrap=True)


def open_terminal(settings: Settings | None = None) -> Terminal:
    """The terminal of this process, in the user's language."""
    chosen = settings.saseo_locale if settings is not None else None
    return Terminal(
        locale=chosen or locale_of(os.environ),
        out=Paper(),
        error=Paper(stderr=True),
    )


def start(*, quiet: bool = True) -> tuple[Settings, Terminal]:
    """Settings, logs and terminal of a command. A quiet one logs warnings alone unless LOG_LEVEL says otherwise."""
    from bot.logs import set_up_logs

    settings = load_settings()
    hushed = quiet and "log_level" not in settings.model_fields_set
    set_up_logs(settings.model_copy(update={"log_level": "WARNING"}) if hushed else settings)
    return settings, open_terminal(settings)


def locale_of(environment: Mapping[str, str]) -> Locale:
    """The language that the environment asks for; the first variable that is set counts."""
    asked = next((environment[name] for name in LANGUAGE_VARIABLES if environment.get(name)), "")
    return "ko" if asked.lower().startswith("ko") else "en"


def exit_code(error: SaseoError) -> int:
    """2 when the program was started wrongly, 1 when what it was asked could not be done."""
    return USAGE if isinstance(error, Refused) and error.code.startswith(USAGE_CODES) else FAILED


def plain(text: str) -> str:
    """The text without anything that steers a terminal: documents and models must not."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


async def show_answer(parts: AsyncIterator[str | Answer], terminal: Terminal) -> Answer:
    """Prints an answer while it is written, where somebody watches, and its sources beneath."""
    live = terminal.out.is_terminal
    shown = ""
    async for part in parts:
        if isinstance(part, Answer):
            _finish(part, shown, terminal)
            return part
        if live:
            terminal.out.print(Text(plain(part)), end="", soft_wrap=True)
            shown += part
    raise AssertionError("a stream ends with its answer")


def _finish(answer: Answer, shown: str, terminal: Terminal) -> None:
    if shown:
        terminal.out.print()
    # An answer that could not be finished as it began is replaced by the one that counts.
    if shown.strip() != answer.text.strip():
        terminal.out.print(Text(plain(answer.text)), soft_wrap=True)
    if answer.sources:
        terminal.out.print()
    for source in answer.sources:
        _show_source(source, terminal)


def _show_source(source: Source, terminal: Terminal) -> None:
    place = [render("cli.page", terminal.locale, page=source.page)] if source.page is not None else []
    title = ", ".join([source.title, *place])
    # The first heading of a document often is its title.
    below = source.heading.removeprefix(source.title).removeprefix(" > ")
    heading = f" - {below}" if below else ""
    terminal.out.print(Text(plain(f"[{source.number}] {title}{heading}"), style="cyan"), soft_wrap=True)
    if source.url is not None:
        terminal.out.print(Text(plain(f"    {source.url}"), style="dim"), soft_wrap=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], terminal: Terminal) -> None:
    """Prints rows under these headings; every cell is cleaned."""
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(plain(cell)) for cell in row))
    terminal.out.print(grid)
