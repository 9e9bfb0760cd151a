"""A chat in the terminal: a person types, and everything that the app shows is printed as it comes."""

import shlex
from collections.abc import Callable
from pathlib import Path

from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.stage import Seen, Status
from tests.fakes.slack.state import Json, Message, View, words_of

HELP = """\
Type a message: it mentions the bot in #general. Further:
  :reply TEXT        write in the last thread, without a mention
  :dm TEXT           write to the bot directly
  :file PATH [TEXT]  share a file
  :press ACTION      press a button of the bot's last message by its action id; `:press ACTION negative` says no
  :home              open the Home tab
  /COMMAND TEXT      run a slash command
  :help  :quit
"""


class Terminal:
    """Turns lines into acts of `mina`, and what the app does into lines."""

    def __init__(self, slack: FakeSlack, *, write: Callable[[str], None]) -> None:
        self.slack = slack
        self.write = write
        self._last: Message | None = None
        """The person's last message."""
        self._bots_last: Message | None = None
        self._streamed = 0
        slack.observers.append(self.see)

    def greet(self) -> None:
        self.write("Start the bot in another terminal with these settings:\n\n")
        for name, value in self.slack.environment.items():
            self.write(f"export {name}={value}\n")
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
        if word == ":help":
            self.write(HELP)
        elif word == ":reply":
            self._reply(rest)
        elif word == ":dm":
            self._last = self.slack.say(escaped(rest), channel=self.slack.direct())
        elif word == ":file":
            self._share(rest)
        elif word == ":press":
            self._press(rest)
        elif word == ":home":
            self.slack.open_home()
        elif word.startswith(":"):
            self.write(f"! no {word} here, try :help\n")
        elif word.startswith("/"):
            self.slack.command(word, escaped(rest))
        elif line:
            self._last = self.slack.ask(escaped(line))

    def _reply(self, text: str) -> None:
        if self._last is None:
            raise ValueError("there is no thread yet")
        thread_ts = self._last.thread_ts or self._last.ts
        self._last = self.slack.say(escaped(text), channel=self._last.channel, thread_ts=thread_ts)

    def _share(self, rest: str) -> None:
        path, *words = shlex.split(rest)
        file = Path(path).expanduser()
        self._last = self.slack.upload(file.name, file.read_bytes(), text=escaped(" ".join(words)))

    def _press(self, rest: str) -> None:
        if self._bots_last is None:
            raise ValueError("the bot has not written anything yet")
        action_id, _, which = rest.partition(" ")
        self.slack.press(self._bots_last, action_id, positive=which != "negative")

    def see(self, cause: str, thing: Seen) -> None:
        """Prints what the app did."""
        if isinstance(thing, Status):
            self.write(f"  ({thing.text})\n" if thing.text else "")
        elif isinstance(thing, View):
            words = "\n".join(str(block) for block in thing.body["blocks"])
            self.write(f"[{thing.body['type']}] {words}\n")
        elif thing.bot_id is not None:
            self._see_message(cause, thing)

    def _see_message(self, cause: str, message: Message) -> None:
        self._bots_last = message
        if cause == "chat.startStream":
            self._streamed = 0
            self.write("bot> ")
        if "Stream" in cause and message.stream is not None:
            self.write(message.stream.text[self._streamed :])
            self._streamed = len(message.stream.text)
            self.write("\n" if cause == "chat.stopStream" else "")
            rest = message.blocks[1:] if cause == "chat.stopStream" else []
            self.write("".join(f"     {line}\n" for line in described(rest)))
            return
        marks = {"chat.update": " (edited)", "chat.delete": " (deleted)", "chat.postEphemeral": " (only you see this)"}
        self.write(f"bot>{marks.get(cause, '')} {message.shown}\n")
        self.write("".join(f"     {line}\n" for line in actions_of(message)))


def described(blocks: list[Json]) -> list[str]:
    return [words for block in blocks if (words := words_of(block))]


def actions_of(message: Message) -> list[str]:
    """The buttons of a message, as `:press` takes them."""
    elements = [one for block in message.blocks for one in block.get("elements", []) if isinstance(one, dict)]
    return [f"[{one['action_id']}]" for one in elements if "action_id" in one]


def escaped(text: str) -> str:
    """What a person types as it goes over the wire."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
