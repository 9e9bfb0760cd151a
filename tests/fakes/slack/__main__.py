"""`python -m tests.fakes.slack --port 8090`: a Slack to try the bot with, and a small chat in the terminal."""

import argparse
import asyncio
import itertools
import sys
import threading
from contextlib import suppress

from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.terminal import Terminal


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def lines() -> asyncio.Queue[str]:
    """What is typed, line by line; an empty one at the end. A thread reads: not every input can be polled."""
    typed: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in itertools.chain(sys.stdin, [""]):
            loop.call_soon_threadsafe(typed.put_nowait, line)

    threading.Thread(target=read, daemon=True).start()
    return typed


async def run(chosen: argparse.Namespace) -> None:
    """Serves until the person leaves; without a person at the terminal, for ever."""
    async with FakeSlack(port=chosen.port, host=chosen.host) as slack:
        slack.faults.lack(chosen.without)
        terminal = Terminal(slack, write=write)
        terminal.greet()
        typed = lines()
        while line := await typed.get():
            if not terminal.take(line):
                return
        if not sys.stdin.isatty():
            await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.slack", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument(
        "--without",
        nargs="*",
        default=[],
        metavar="METHOD",
        help="methods that this server lacks, e.g. 'chat.*Stream' 'assistant.*'",
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
