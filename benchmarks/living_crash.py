"""Kills the program while it reads, looks again and forgets, many times.

python -m benchmarks.living_crash --platform slack|discord [--kills 200] [--seed 1]
"""

import argparse
import asyncio
import math
import tempfile
import time
from dataclasses import fields
from pathlib import Path

from tests.e2e.living_crashes import crashes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", choices=("slack", "discord"), required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where data and logs are kept, to look into them afterwards")
    parser.add_argument("--minutes", type=float, default=math.inf, help="after which it is killed no more")
    chosen = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        work = crashes(
            folder,
            platform=chosen.platform,
            kills=chosen.kills,
            seed=chosen.seed,
            seconds=chosen.minutes * 60,
        )
        outcome = asyncio.run(work)
    for field in fields(outcome):
        value = getattr(outcome, field.name)
        print(f"{field.name:12} {len(value) if isinstance(value, list) else value}")
        for line in value if isinstance(value, list) else ():
            print(f"    {line}")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
