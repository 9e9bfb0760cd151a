"""The commands of Discord: what Discord would refuse, and what people read."""

import re

import pytest

from adapters.discord.commands import COMMANDS, MENUS, Command, Menu, Option, describe, named
from core.messages import LOCALES, render

NAME = re.compile(r"^[-'\w]{1,32}$")
"""Letters and digits of any language, as Discord says with other words."""
PARTS: list[tuple[Command, Option | None]] = [
    (command, option) for command in COMMANDS for option in (None, *command.options)
]


@pytest.mark.parametrize("locale", LOCALES)
def test_discord_takes_every_name_and_description(locale: str) -> None:
    for command, option in PARTS:
        name = named(command, option, locale=locale)
        assert NAME.match(name)
        assert name == name.lower()
        assert 1 <= len(describe(command, option, locale=locale)) <= 100
    for menu in MENUS:
        assert 1 <= len(render(menu.code, locale)) <= 32


@pytest.mark.parametrize("locale", LOCALES)
def test_no_two_commands_or_options_have_one_name(locale: str) -> None:
    commands = [named(command, locale=locale) for command in COMMANDS]
    assert len(set(commands)) == len(commands)
    for command in COMMANDS:
        options = [named(command, option, locale=locale) for option in command.options]
        assert len(set(options)) == len(options)


def test_the_english_names_are_those_that_come_back() -> None:
    for command, option in PARTS:
        assert named(command, option) == (option or command).name
    for menu in MENUS:
        assert render(menu.code) == menu.name


def test_what_must_be_given_comes_first() -> None:
    for command in COMMANDS:
        needed = [option.required for option in command.options]
        assert needed == sorted(needed, reverse=True)


def test_people_can_bring_along_only_what_asks() -> None:
    everything: list[Command | Menu] = [*COMMANDS, *MENUS]
    brought = {each.name for each in everything if "user" in each.installs}
    assert brought == {"ask", "help", "Ask about this"}
    assert all("private_channel" not in each.contexts for each in everything if each.name not in brought)
