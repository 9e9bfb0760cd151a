"""Asks in random workspaces and servers thousands of questions whose answers some of their readers may not see.

python -m benchmarks.leaks --questions 5000 --seed 1 --platform slack
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tests.integration import discord_leaks, slack_leaks
from tests.integration.leak_tally import Tally

WORLD = 500
"""Questions in one workspace; then another one is made, so that its documents do not pile up."""

PLATFORMS: Mapping[str, Callable[..., Coroutine[Any, Any, Tally]]] = {
    "slack": slack_leaks.leaks,
    "discord": discord_leaks.leaks,
}


def main() -> int:
    """Prints the figures; 1 where anything leaked or was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--platform", choices=PLATFORMS, default="slack")
    arguments = parser.parse_args()
    leaks = PLATFORMS[arguments.platform]
    began, asked, leaked, lost, found, withheld = time.monotonic(), 0, 0, 0, 0, 0
    number, listed = arguments.seed, 0
    while asked < arguments.questions:
        tally = asyncio.run(leaks(min(WORLD, arguments.questions - asked), seed=number))
        asked, leaked, lost = asked + tally.asked, leaked + len(tally.leaks), lost + len(tally.lost)
        found, withheld, listed = found + tally.found, withheld + tally.withheld, listed + tally.listed
        for text in (*tally.leaks, *tally.lost):
            print(f"seed {number}: {text}", file=sys.stderr)
        number += 1
    seconds = time.monotonic() - began
    print(f"{asked} questions in {seconds:.0f} s: {leaked} leaks, {lost} lost; {found} found, {withheld} withheld")
    print(f"{listed} lists of documents were looked through as well")
    return 1 if leaked or lost else 0


if __name__ == "__main__":
    sys.exit(main())
