"""Holds what it takes from an inbox until it is killed: `python -m tests.integration.postgres_holder URL NAME`."""

import asyncio
import sys

from core.backends.postgres import keeper, open_postgres
from core.inbox import Accepted
from tests.integration.stores import SEAL


async def hold(url: str, name: str) -> None:
    async with open_postgres(url, seal=SEAL) as store:
        await store.inbox.accept(Accepted(f"slack:T1:C1:{name}", "thread", {}), holder=name)
        say(name)
        while True:
            await store.inbox.waiting("slack:")
            for item in await store.inbox.take("slack:", holder=name):
                say(item.id, item.attempt)


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201


if __name__ == "__main__":
    keeper.LEASE_SECONDS, keeper.BEAT_SECONDS = map(float, sys.argv[3:])
    asyncio.run(hold(*sys.argv[1:3]))
