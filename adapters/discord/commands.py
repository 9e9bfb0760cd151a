"""The slash commands and message menus as plain data: names, descriptions, options, where they can be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from adapters.choosing import CHOICES as SETTINGS_CHOICES
from adapters.choosing import SWITCHES
from core.messages import render

ASK, SOURCES, ADD, FORGET, HELP = "ask", "sources", "add", "forget", "help"
SETTINGS, GAPS = "settings", "gaps"
ABOUT, LEARN = "Ask about this", "Add to knowledge"
"""Menus on a message. Discord sends these names back, so they stand in no catalogue."""
QUESTION_LIMIT = 2000
WORDS_LIMIT = 100
LINK_LIMIT = 2000
CHOICES = 25
"""Proposals at once, by Discord's rule."""
CHOICE_LIMIT = 100
"""Characters of a proposal, by Discord's rule."""

OptionKind = Literal["text", "switch", "file"]
Context = Literal["guild", "bot_dm", "private_channel"]
Install = Literal["guild", "user"]
EVERYWHERE: tuple[Context, ...] = ("guild", "bot_dm", "private_channel")
AT_HOME: tuple[Context, ...] = ("guild", "bot_dm")
"""Where the bot itself is."""
IN_SERVERS: tuple[Context, ...] = ("guild",)
MANAGE_CHANNELS = 1 << 4


@dataclass(frozen=True, slots=True)
class Option:
    """An argument of a command. Its description stands in the catalogues as `discord.option_<command>_<name>`."""

    name: str
    kind: OptionKind = "text"
    required: bool = False
    limit: int | None = None
    """Characters."""
    autocomplete: bool = False
    choices: tuple[str, ...] = ()
    """What it can be, as `adapters.choosing` has it."""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. Its description stands in the catalogues as `discord.command_<name>`."""

    name: str
    options: tuple[Option, ...] = ()
    contexts: tuple[Context, ...] = AT_HOME
    installs: tuple[Install, ...] = ("guild",)
    permission: int = 0
    """Bits of the permissions that it takes, unless somebody in charge of a server decides otherwise."""


@dataclass(frozen=True, slots=True)
class Menu:
    """An entry in the menu of a message. Its name in other languages stands in the catalogues under `code`."""

    name: str
    code: str
    contexts: tuple[Context, ...] = AT_HOME
    installs: tuple[Install, ...] = ("guild",)


def _setting(name: str) -> Option:
    """A setting of a channel as an option."""
    return Option(name, "switch") if name in SWITCHES else Option(name, choices=SETTINGS_CHOICES[name])


COMMANDS: Sequence[Command] = (
    Command(
        ASK,
        (Option("question", required=True, limit=QUESTION_LIMIT), Option("private", "switch")),
        contexts=EVERYWHERE,
        installs=("guild", "user"),
    ),
    Command(SOURCES, (Option("words", limit=WORDS_LIMIT), Option("refresh", "switch"))),
    Command(ADD, (Option("link", limit=LINK_LIMIT), Option("file", "file"))),
    Command(FORGET, (Option("document", limit=WORDS_LIMIT, autocomplete=True),)),
    Command(GAPS, contexts=IN_SERVERS, permission=MANAGE_CHANNELS),
    Command(
        SETTINGS,
        tuple(_setting(name) for name in SETTINGS_CHOICES),
        contexts=IN_SERVERS,
        permission=MANAGE_CHANNELS,
    ),
    Command(HELP, contexts=EVERYWHERE, installs=("guild", "user")),
)
MENUS: Sequence[Menu] = (
    Menu(ABOUT, "discord.menu_about", contexts=EVERYWHERE, installs=("guild", "user")),
    Menu(LEARN, "discord.menu_learn"),
)


def describe(command: Command, option: Option | None = None, *, locale: str = "en") -> str:
    """What a command or one of its options does, in at most 100 characters."""
    if option is None:
        return render(f"discord.command_{command.name}", locale)
    return render(f"discord.option_{command.name}_{option.name}", locale)


def named(command: Command, option: Option | None = None, *, locale: str = "en") -> str:
    """What a command or one of its options is called in a language."""
    if option is None:
        return render(f"discord.name_{command.name}", locale)
    return render(f"discord.name_{command.name}_{option.name}", locale)
