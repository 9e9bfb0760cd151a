"""A process that writes is killed again and again: what it acknowledged is there, and whole."""

import random
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.backends.sqlite import Store, open_store
from core.types import Session
from tests.integration.store_writer import DOCUMENTS

KILLS = 20
ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Acknowledged:
    """What writers said that was done."""

    numbers: dict[str, int] = field(default_factory=dict)
    forgetting: dict[str, int] = field(default_factory=dict)
    forgotten: dict[str, int] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)
    versions: list[tuple[str, int]] = field(default_factory=list)

    def hear(self, line: str) -> None:
        done, name, number = line.split()
        if done == "began":
            self.versions.append((name, int(number)))
            return
        notes = {"saved": self.numbers, "forgetting": self.forgetting, "forgot": self.forgotten, "said": self.said}
        notes[done][name] = int(number)


def write_until_killed(path: Path, seed: int, lines: int, heard: Acknowledged) -> None:
    command = [sys.executable, "-m", "tests.integration.store_writer", str(path), str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(lines):
            heard.hear(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        # What was acknowledged between the last line and the end counts as well, but a line may be cut.
        for line in writer.stdout.read().splitlines(keepends=True):
            if line.endswith("\n"):
                heard.hear(line)
    assert writer.returncode == -signal.SIGKILL


async def check(store: Store, heard: Acknowledged) -> None:
    current = {}
    for name in (f"d{number}" for number in range(DOCUMENTS)):
        document = await store.catalogue.find(name)
        texts = [passage.text for passage in await store.shelves.passages(name)]
        if document is None:
            assert texts == []
            # It was forgotten after it was last saved, or nothing was saved yet.
            assert heard.forgetting.get(name, 0) >= heard.numbers.get(name, 0)
        else:
            assert int(document.title) >= heard.numbers.get(name, 0)
            assert int(document.title) > heard.forgotten.get(name, -1)
            assert set(texts) == {f"{document.title} {'가' * 400}"}
            assert len(texts) == document.passage_count
            current[name] = document.version
        turns = await store.history.recent(Session("test", "", name))
        assert name not in heard.said or int(turns[-1].text) >= heard.said[name]
    leftovers = {(leftover.document_id, leftover.version) for leftover in await store.journal.leftovers()}
    for name, version in heard.versions:
        assert (current.get(name) == version) != ((name, version) in leftovers)
    assert len({version for _, version in heard.versions}) == len(heard.versions)


@pytest.mark.timeout(180)
async def test_what_was_acknowledged_survives_every_kill(tmp_path: Path) -> None:
    path, heard, chance = tmp_path / "saseo.db", Acknowledged(), random.Random(7)

    for seed in range(1, KILLS + 1):
        write_until_killed(path, seed, chance.randrange(1, 120), heard)
        async with open_store(path) as store:
            await check(store, heard)

    assert heard.numbers
    assert heard.forgotten
