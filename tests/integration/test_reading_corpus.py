"""Every file of the shared corpus: its phrase, its refusal, or its survival."""

import asyncio
import csv
import re
import sys
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath

import pytest

from core.backends.reading import GuardedReader, Limits
from core.backends.reading.child import Child, ChildDied
from core.backends.reading.wire import Refusal, Task
from core.errors import Refused
from core.types import Reading
from tests.corpus import shared_data

pytestmark = pytest.mark.corpus

MIB = 1024 * 1024
KNOWN: dict[str, str] = {}
"""Files that are not read as they should be, and why."""
REASONS = {
    "password protected": {"read.encrypted"},
    "entity expansion": {"read.entities"},
    "truncated zip": {"read.damaged"},
    "empty file": {"read.empty"},
    "only white space": {"read.blank"},
    "unpacks to itself": {"read.archive", "read.bomb"},
    "bomb": {"read.bomb", "read.too_complex", "read.archive"},
    "type outside": {"read.archive", "read.legacy", "read.unsupported", "read.picture", "read.program", "read.media",
                     "read.macros", "read.binary"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the corpus and what is expected of it."""

    path: str
    type: str
    kind: str
    expect: str

    @property
    def name(self) -> str:
        return PurePath(self.path).name

    @property
    def phrase(self) -> str:
        """What must be found; a remark in brackets at the end is none of it."""
        return re.sub(r"\s*\[[^\]]*\]\s*$", "", self.expect.removeprefix("must contain:")).strip()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file; `seconds` is wall clock time."""

    row: Row
    result: Reading | Refused
    seconds: float


def folded(text: str) -> str:
    """White space folded and ligatures spelled out, as a search would compare."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def manifest(root: Path) -> list[Row]:
    with (root / "manifest.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return [Row(row["path"], row["type"], row["class"], row["expect"]) for row in rows]


def right(outcome: Outcome) -> bool:
    """Whether a file came out as its class demands."""
    row, result = outcome.row, outcome.result
    match row.kind:
        case "ok":
            return isinstance(result, Reading) and folded(row.phrase) in folded(result.text)
        case "no-text":
            return isinstance(result, Refused) and result.code == "read.no_text"
        case "refuse":
            wanted = next((codes for mark, codes in REASONS.items() if mark in row.expect), None)
            return isinstance(result, Refused) and (wanted is None or result.code in wanted)
        case _:
            return outcome.seconds < 10 and "root:x:0:0" not in (result.text if isinstance(result, Reading) else "")


async def read_all(root: Path) -> list[Outcome]:
    outcomes = []
    async with GuardedReader() as reader:
        for row in manifest(root):
            started = time.monotonic()
            result: Reading | Refused
            try:
                result = await reader.read((root / row.path).read_bytes(), name=row.name)
            except Refused as refused:
                result = refused
            outcomes.append(Outcome(row, result, time.monotonic() - started))
    return outcomes


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return asyncio.run(read_all(shared_data("documents", "manifest.tsv").parent))


def table(outcomes: list[Outcome]) -> str:
    """Right and all files of each type and class."""
    total = Counter((outcome.row.type, outcome.row.kind) for outcome in outcomes)
    good = Counter((outcome.row.type, outcome.row.kind) for outcome in outcomes if right(outcome))
    lines = [f"{'type':8}{'class':10}right  of"]
    lines += [f"{kind:8}{group:10}{good[kind, group]:5}{total[kind, group]:4}" for kind, group in sorted(total)]
    return "\n".join([*lines, f"{'all':18}{good.total():5}{total.total():4}"])


def test_every_file_comes_out_as_its_class_demands(outcomes: list[Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{table(outcomes)}\n")
    wrong = [f"{outcome.row.path}: {outcome.result}"[:200] for outcome in outcomes if not right(outcome)]
    assert {line.partition(":")[0] for line in wrong} == set(KNOWN), wrong
    assert len(KNOWN) <= 0.01 * len(outcomes)


def test_every_refusal_names_the_file_and_says_what_to_do(outcomes: list[Outcome]) -> None:
    refusals = [outcome for outcome in outcomes if isinstance(outcome.result, Refused)]

    assert refusals
    for outcome in refusals:
        for locale in ("en", "ko"):
            text = outcome.result.text(locale) if isinstance(outcome.result, Refused) else ""
            assert outcome.row.name in text
            assert text.count(".") >= 2


def test_text_is_clean_and_in_bounds(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if isinstance(outcome.result, Reading):
            text = outcome.result.text
            assert "\x00" not in text
            assert text.encode()
            assert all(block.text.strip() for block in outcome.result.blocks)


async def test_hostile_files_stay_within_their_memory() -> None:
    root = shared_data("documents", "manifest.tsv").parent
    limits = Limits()
    for row in manifest(root):
        if row.kind != "survive":
            continue
        data = (root / row.path).read_bytes()
        child = await Child.start()
        task = Task(row.name, None, len(data), limits.seconds_for(len(data)), limits.memory_for(len(data)))
        try:
            result = await asyncio.wait_for(child.read(task, data, most=limits.output_bytes), 10)
        except ChildDied:
            continue
        finally:
            await child.kill()
        assert isinstance(result, Reading | Refusal)
        assert 0 < child.peak < 500 * MIB, row.path
