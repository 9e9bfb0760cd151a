"""`python -m tests.fakes.discord --port 8091`: a Discord to try the bot with, and a small chat in the terminal."""

import argparse
import asyncio
import sys
from contextlib import suppress

from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.terminal import Terminal
from tests.fakes.slack.__main__ import lines, write


async def run(chosen: argparse.Namespace) -> None:
    """Serves until the person leaves; without a person at the terminal, for ever."""
    async with FakeDiscord(port=chosen.port, host=chosen.host) as discord:
        discord.world.message_content = not chosen.without_message_content
        terminal = Terminal(discord, write=write)
        terminal.greet()
        typed = lines()
        while line := await typed.get():
            if not terminal.take(line):
                return
        if not sys.stdin.isatty():
            await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.discord", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument(
        "--without-message-content",
        action="store_true",
        help="the message content intent is not granted, as for a new application",
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
