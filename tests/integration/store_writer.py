"""Writes to a store until it is killed, and says what was acknowledged: `python -m tests.integration.store_writer`."""

import asyncio
import random
import sys
from pathlib import Path

from core.backends.sqlite import open_store
from core.types import PUBLIC, Document, Passage, Session, Turn

DOCUMENTS = 5
PASSAGES = 30


async def write(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with open_store(path) as store:
        for number in range(seed * 10_000, (seed + 1) * 10_000):
            name = f"d{chance.randrange(DOCUMENTS)}"
            if chance.random() < 0.1:
                say("forgetting", name, number)
                await store.catalogue.forget([name])
                say("forgot", name, number)
                continue
            version = await store.journal.begin(name)
            say("began", name, version)
            text = f"{number} {'가' * 400}"
            passages = [Passage(name, version, ordinal, text) for ordinal in range(chance.randrange(1, PASSAGES))]
            await store.catalogue.save(Document(name, str(number), "test", PUBLIC, version=version), passages)
            say("saved", name, number)
            await store.history.append(Session("test", "", name), [Turn("human", str(number))])
            say("said", name, number)


def say(done: str, name: str, number: int) -> None:
    print(done, name, number, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), int(sys.argv[2])))
