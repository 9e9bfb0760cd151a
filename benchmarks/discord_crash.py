"""Kills the program while it answers in Discord, many times: `python -m benchmarks.discord_crash --kills 200`."""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tests.e2e.discord_crashes import crashes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(crashes(Path(folder), kills=chosen.kills, seed=chosen.seed))
    print(outcome)
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
