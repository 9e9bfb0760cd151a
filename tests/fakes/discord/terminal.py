"""A chat in the terminal: a person types, and everything that the bot shows is printed as it comes."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fakes.discord.forms import inside
from tests.fakes.discord.registry import find
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.state import Interaction, Json, Message

HELP = """\
Type a message: it mentions the bot in #general. Further:
  :say TEXT            write in #general without a mention
  :reply TEXT          reply to the bot's last message
  :dm TEXT             write to the bot directly
  :file PATH [TEXT]    share a file, with a mention of the bot
  :press BUTTON        press a button of the bot's last message, by its label or its id
  :submit FIELD=TEXT   send the form that is shown
  :menu NAME           use an entry of the menu of your last message
  /COMMAND TEXT        run a slash command; `/COMMAND name:value other:value` for several options
  :help  :quit
"""
PAIR = re.compile(r"(\w+):")
STRING, INTEGER, BOOLEAN, NUMBER, ATTACHMENT = 3, 4, 5, 10, 11


class Terminal:
    """Turns lines into acts of `mina`, and what the bot does into lines."""

    def __init__(self, discord: FakeDiscord, *, write: Callable[[str], None]) -> None:
        self.discord = discord
        self.write = write
        self._last: Message | None = None
        """The person's last message."""
        self._bots_last: Message | None = None
        self._shown: dict[str, str] = {}
        """What has been printed of each message of the bot's."""
        self._form: Interaction | None = None
        discord.observers.append(self.see)
        discord.onlookers.append(self.see_interaction)

    def greet(self) -> None:
        self.write("Start the bot in another terminal with these settings:\n\n")
        for name, value in self.discord.environment.items():
            self.write(f"export {name}={value}\n")
        if self.discord.description is None:
            self.write(
                "\n(Discord's description of its API is not here: requests and answers are not held against it.)\n"
            )
        self.write(f"\n{HELP}\n")

    def take(self, line: str) -> bool:
        """One line of the person's; False when they want to leave."""
        word, _, rest = line.strip().partition(" ")
        if word == ":quit":
            return False
        try:
            self._act(word, rest.strip(), line.strip())
        except (KeyError, OSError, ValueError) as error:
            self.write(f"! {error}\n")
        return True

    def _act(self, word: str, rest: str, line: str) -> None:
        acts: dict[str, Callable[[str], object]] = {
            ":help": lambda _: self.write(HELP),
            ":say": self._say,
            ":reply": self._reply,
            ":dm": lambda text: self.discord.say(text, channel=self.discord.direct()),
            ":file": self._share,
            ":press": lambda button: self.discord.press(self._bots(), button),
            ":submit": self._submit,
            ":menu": self._menu,
        }
        if word in acts:
            acts[word](rest)
        elif word.startswith(":"):
            self.write(f"! no {word} here, try :help\n")
        elif word.startswith("/"):
            self._slash(word.removeprefix("/"), rest)
        elif line:
            self._last = self.discord.mention(line)

    def _say(self, text: str) -> None:
        self._last = self.discord.say(text)

    def _reply(self, text: str) -> None:
        self._last = self.discord.reply(self._bots(), text)

    def _share(self, rest: str) -> None:
        path, *words = shlex.split(rest)
        file = Path(path).expanduser()
        content = " ".join([self.discord.bot.mention, *words])
        self._last = self.discord.share(file.name, file.read_bytes(), content=content)

    def _submit(self, rest: str) -> None:
        if self._form is None:
            raise ValueError("no form is shown")
        field, _, text = rest.partition("=")
        self.discord.submit_modal(self._form, {field.strip(): text.strip()})

    def _menu(self, name: str) -> None:
        if self._last is None:
            raise ValueError("you have not written anything yet")
        self.discord.context_menu(name, self._last)

    def _bots(self) -> Message:
        if self._bots_last is None:
            raise ValueError("the bot has not written anything yet")
        return self._bots_last

    def _slash(self, name: str, text: str) -> None:
        """The words go into the first option, unless options are named as in Discord."""
        commands = [*self.discord.guild.commands.values(), *self.discord.world.commands.values()]
        command = find(commands, name, 1)
        if command is None:
            names = ", ".join(f"/{one['name']}" for one in commands if one["type"] == 1) or "none yet"
            raise ValueError(f"no command /{name}; the bot registered {names}")
        known: list[Json] = command.get("options") or []
        self.discord.slash(name, {option: self._value(known, option, value) for option, value in _pairs(known, text)})

    def _value(self, known: list[Json], name: str, text: str) -> Any:
        kind = next(one["type"] for one in known if one["name"] == name)
        if kind == BOOLEAN:
            return text.lower() in ("true", "yes", "1")
        if kind in (INTEGER, NUMBER):
            return float(text) if kind == NUMBER else int(text)
        if kind == ATTACHMENT:
            file = Path(text).expanduser()
            return (file.name, file.read_bytes())
        return text

    def see(self, cause: str, message: Message) -> None:
        """Prints what the bot did."""
        if message.author is not self.discord.bot:
            return
        self._bots_last = message
        before, self._shown[message.id] = self._shown.get(message.id), message.content
        if message.deleted:
            self.write("bot> (deleted)\n")
            return
        if message.loading:
            self.write("  (is thinking)\n")
        elif not before or not message.content.startswith(before):
            only = " (only you see this)" if message.ephemeral_to else ""
            self.write(f"bot>{only}{' (edited)' if before else ''} {message.content}\n")
        elif message.content != before:
            self.write(f"  + {message.content[len(before) :]}\n")
        for line in rest_of(message):
            self.write(f"     {line}\n")

    def see_interaction(self, interaction: Interaction) -> None:
        """Prints a form that is shown, and that the bot was too late."""
        if interaction.problem:
            self.write(f"! {interaction.problem}\n")
        elif interaction.modal is not None:
            self._form = interaction
            fields = [one["custom_id"] for one in inside(interaction.modal["components"]) if "custom_id" in one]
            self.write(f"[form] {interaction.modal['title']}: {', '.join(fields)} (:submit {fields[0]}=...)\n")
        elif interaction.choices is not None:
            for choice in interaction.choices:
                self.write(f"  - {choice['name']}\n")


def _pairs(known: list[Json], text: str) -> list[tuple[str, str]]:
    """Options and their words."""
    if not text or not known:
        return []
    names = {one["name"] for one in known}
    marks = [mark for mark in PAIR.finditer(text) if mark[1] in names]
    if not marks:
        return [(known[0]["name"], text)]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [(mark[1], text[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=True)]


def rest_of(message: Message) -> list[str]:
    """What a message has besides its words: embeds, files, and buttons as `:press` takes them."""
    lines = [" ".join(filter(None, (one.get("title"), one.get("description")))) for one in message.embeds]
    lines += [f"({one.filename}, {len(one.data)} bytes)" for one in message.attachments]
    buttons = [one for one in inside(message.components) if "custom_id" in one]
    return lines + [f"[{one.get('label') or one['custom_id']}]" for one in buttons]
