"""A process tells what its stores, its machine and its event loop are like, whatever is broken."""

import asyncio
import math
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import watching
from bot.metrics import PrometheusRecorder
from bot.watching import Asked, Watch, beat
from core.backends.memory import MemoryStore
from core.backends.memory_recorder import MemoryRecorder
from core.backends.model_statistics import ModelStatistics
from core.backends.sqlite import open_store
from core.errors import Unavailable
from core.inbox import Accepted
from core.measuring import Histogram, Metric
from core.metrics import (
    BUILD,
    DISK_FREE,
    DISK_SIZE,
    DOCUMENTS,
    INBOX_WAITING,
    LOOP_LAG,
    MODEL_COST,
    MODEL_FAILURES,
    MODEL_REQUESTS,
    MODEL_TOKENS,
    PASSAGES,
    REFRESH_LAG,
    SERVICE_UP,
)
from core.pricing import Prices
from core.types import Document, Passage, Scope, Usage, now
from tests.fakes.patience import PATIENCE


class Index:
    """An index of so many passages, or of none that can be counted."""

    def __init__(self, passages: int | None) -> None:
        self.passages = passages

    async def count(self) -> int:
        if self.passages is None:
            raise Unavailable("model.busy")
        return self.passages


async def well() -> None:
    """Works."""


async def broken() -> None:
    raise Unavailable("model.busy")


async def silent() -> None:
    await asyncio.Event().wait()


def watch(store: MemoryStore, folder: Path) -> Watch:
    return Watch(
        PrometheusRecorder(),
        version="1.2.3",
        data_dir=folder,
        catalogue=store.catalogue,
        backlog=store.inbox,
        indexes={"vectors": Index(7), "words": Index(None)},
        checks={"catalogue": well, "vectors": broken, "history": silent},
    )


async def looked(watched: Watch, metric: Metric, **labels: str) -> float:
    value = watched.recorder.registry.get_sample_value(metric.name, labels)
    assert value is not None
    return value


async def test_what_the_stores_hold_is_told_and_what_they_do_not_tell_is_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.2)
    store = MemoryStore()
    due = now() - timedelta(hours=2)
    for name in "abc":
        document = Document(name, name, f"link:{name}", Scope("public"), version=await store.journal.begin(name))
        await store.catalogue.save(document, [Passage(name, document.version, 0, "Text.")])
        await store.catalogue.save(replace(document, state="dead" if name == "c" else "ready", next_check_at=due))
    watched = watch(store, tmp_path)
    text = await watched.exposition()
    assert b'saseo_build_info{version="1.2.3"} 1.0' in text
    assert [await looked(watched, DOCUMENTS, state=state) for state in ("ready", "refused", "dead")] == [2, 0, 1]
    assert await looked(watched, PASSAGES, index="vectors") == 7
    assert math.isnan(await looked(watched, PASSAGES, index="words"))
    assert [await looked(watched, SERVICE_UP, service=name) for name in watched.checks] == [1, 0, 0]
    assert await looked(watched, REFRESH_LAG) >= 7200
    assert 0 < await looked(watched, DISK_FREE) <= await looked(watched, DISK_SIZE)
    assert await looked(watched, BUILD, version="1.2.3") == 1


async def test_nothing_is_overdue_where_nothing_is_due(tmp_path: Path) -> None:
    watched = watch(MemoryStore(), tmp_path)
    watched.checks = {}
    await watched.exposition()
    assert await looked(watched, REFRESH_LAG) == 0


async def test_what_people_are_owed_is_counted_by_platform_in_memory_as_on_disk(tmp_path: Path) -> None:
    memory = MemoryStore()
    async with open_store(tmp_path / "saseo.db") as disk:
        for store in (memory, disk):
            for name in ("slack:T1:C1:1", "slack:T1:C1:2", "discord:1:2", "odd"):
                await store.inbox.accept(Accepted(name, "thread", {}), holder="")
            await store.inbox.finish("slack:T1:C1:1")
            assert dict(await store.inbox.unfinished()) == {"slack": 1, "discord": 1, "odd": 1}
    watched = watch(memory, tmp_path)
    watched.checks = {}
    await watched.exposition()
    assert await looked(watched, INBOX_WAITING, platform="slack") == 1


async def test_an_inbox_that_does_not_answer_is_no_number(tmp_path: Path) -> None:
    class Broken:
        async def unfinished(self) -> dict[str, int]:
            raise Unavailable("model.busy")

    watched = watch(MemoryStore(), tmp_path)
    watched.checks, watched.backlog = {}, Broken()
    await watched.exposition()
    assert math.isnan(await looked(watched, INBOX_WAITING, platform="discord"))


def test_tokens_and_their_cost_are_counted_once_however_often_one_looks() -> None:
    recorder, statistics = MemoryRecorder(), ModelStatistics()
    asked = Asked(statistics, Prices(1.0, 4.0))
    for _ in range(2):
        statistics.asked()
        statistics.billed(Usage(500_000, 250_000))
        asked.count(recorder, "m")
        asked.count(recorder, "m")
    statistics.failed("model.busy")
    asked.count(recorder, "m")
    assert recorder.value(MODEL_REQUESTS, model="m") == 2
    assert recorder.value(MODEL_FAILURES, model="m") == 1
    assert recorder.value(MODEL_TOKENS, model="m", kind="prompt") == 1_000_000
    assert recorder.value(MODEL_TOKENS, model="m", kind="completion") == 500_000
    assert recorder.value(MODEL_COST, model="m") == pytest.approx(3.0)


async def test_without_prices_there_is_no_cost(tmp_path: Path) -> None:
    watched = watch(MemoryStore(), tmp_path)
    watched.checks, watched.models = {}, {"m": Asked(ModelStatistics())}
    text = await watched.exposition()
    assert b'saseo_model_tokens_total{kind="prompt",model="m"} 0.0' in text
    assert b"saseo_model_cost_dollars_total{" not in text


async def test_people_are_told_of_the_machine(tmp_path: Path) -> None:
    figures = await watch(MemoryStore(), tmp_path).figures()
    assert figures["system"]["memory_bytes"] > 1_000_000
    assert 0 <= figures["system"]["disk_percent"] <= 100
    assert figures["answer_time"] == figures["stages"] == {}


async def test_an_event_loop_that_is_held_up_is_late() -> None:
    late = asyncio.Event()

    class Told(MemoryRecorder):
        def observe(self, histogram: Histogram, seconds: float, /, **labels: str) -> None:
            super().observe(histogram, seconds, **labels)
            late.set()

    recorder = Told()
    beating = asyncio.create_task(beat(recorder, seconds=0.01))
    await asyncio.sleep(0)
    time.sleep(0.1)  # noqa: ASYNC251 - holding the loop up is what is measured
    async with asyncio.timeout(PATIENCE):
        await late.wait()
    beating.cancel()
    assert recorder.value(LOOP_LAG) >= 0.08
