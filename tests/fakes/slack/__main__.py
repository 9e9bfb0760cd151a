"""`python -m tests.fakes.slack --port 8090`: a Slack to try the bot with, and a small chat in the terminal."""

import argparse
import asyncio
import sys
from contextlib import suppress

from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.terminal import Terminal


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


async def lines() -> asyncio.StreamReader:
    """Standard input without blocking the server."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def run(chosen: argparse.Namespace) -> None:
    """Serves until the person leaves; without a person at the terminal, for ever."""
    async with FakeSlack(port=chosen.port, host=chosen.host) as slack:
        slack.faults.lack(chosen.without)
        terminal = Terminal(slack, write=write)
        terminal.greet()
        reader = await lines()
        while line := await reader.readline():
            if not terminal.take(line.decode(errors="replace").rstrip("\n")):
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
