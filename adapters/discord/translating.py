"""The commands as Discord is told of them, named and described in every language that there is. Pure."""

from collections.abc import Mapping
from typing import Any

from adapters.choosing import worded
from adapters.discord.commands import COMMANDS, MENUS, Command, Menu, Option, describe, named
from core.messages import LOCALES, render

CHAT_INPUT, ON_A_MESSAGE = 1, 3
KINDS = {"text": 3, "switch": 5, "file": 11}
CONTEXTS = {"guild": 0, "bot_dm": 1, "private_channel": 2}
INSTALLS = {"guild": 0, "user": 1}
OTHERS = tuple(locale for locale in LOCALES if locale != "en")
"""Names of languages are the same for us and for Discord."""

Json = dict[str, Any]


def payload() -> list[Json]:
    """All commands, as one request replaces them.

    Made by hand, because discord.py derives commands from the functions that it calls: here everything goes to the
    reception, also commands of an older release.
    """
    return [*map(_command, COMMANDS), *map(_menu, MENUS)]


def _command(command: Command) -> Json:
    return {
        "type": CHAT_INPUT,
        **_texts(command),
        "options": [_option(command, option) for option in command.options],
        **_where(command),
        **({"default_member_permissions": command.permission} if command.permission else {}),
    }


def _choice(option: Option, choice: str) -> Json:
    localizations = {locale: worded(option.name, choice, locale) for locale in OTHERS}
    return {"name": worded(option.name, choice, "en"), "name_localizations": localizations, "value": choice}


def _option(command: Command, option: Option) -> Json:
    made: Json = {"type": KINDS[option.kind], **_texts(command, option), "required": option.required}
    if option.limit is not None:
        made["max_length"] = option.limit
    if option.autocomplete:
        made["autocomplete"] = True
    if option.choices:
        made["choices"] = [_choice(option, choice) for choice in option.choices]
    return made


def _menu(menu: Menu) -> Json:
    localizations = {locale: render(menu.code, locale) for locale in OTHERS}
    return {"type": ON_A_MESSAGE, "name": menu.name, "name_localizations": localizations, **_where(menu)}


def _texts(command: Command, option: Option | None = None) -> Mapping[str, Any]:
    return {
        "name": command.name if option is None else option.name,
        "name_localizations": {locale: named(command, option, locale=locale) for locale in OTHERS},
        "description": describe(command, option),
        "description_localizations": {locale: describe(command, option, locale=locale) for locale in OTHERS},
    }


def _where(offered: Command | Menu) -> Mapping[str, Any]:
    return {
        "contexts": [CONTEXTS[context] for context in offered.contexts],
        "integration_types": [INSTALLS[install] for install in offered.installs],
    }
