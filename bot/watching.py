"""Looks after the running program: what its stores, its machine and its event loop say when somebody asks."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar, get_args

import psutil

from bot.guarding import Guards
from bot.metrics import PrometheusRecorder
from bot.parts import Parts, checks, figures
from bot.settings import Settings
from bot.version import version
from core.backends.model_statistics import ModelStatistics
from core.errors import SaseoError
from core.inbox import Backlog
from core.measuring import STAGE_SECONDS, Gauge, Recorder
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
    QUESTION_SECONDS,
    REFRESH_LAG,
    SERVICE_UP,
)
from core.ports import Catalogue, DocumentFilter
from core.pricing import Prices
from core.saseo import Check
from core.types import State, Usage, now

log = logging.getLogger(__name__)

Found = TypeVar("Found")
LOOK_SECONDS = 3.0
"""No look waits longer for a store: what Prometheus asks for has to come."""
BEAT_SECONDS = 1.0
PLATFORMS = ("slack", "discord")


class Countable(Protocol):
    """An index."""

    async def count(self) -> int:
        """How many passages it holds."""
        ...


@dataclass(slots=True)
class Asked:
    """A model or an embedder, and what of its totals was counted already."""

    statistics: ModelStatistics
    prices: Prices | None = None
    counted: ModelStatistics = field(default_factory=ModelStatistics)

    def count(self, recorder: Recorder, model: str) -> None:
        """Counts what has come since the last time."""
        total, before = self.statistics, self.counted
        taken = Usage(total.prompt_tokens - before.prompt_tokens, total.completion_tokens - before.completion_tokens)
        recorder.add(MODEL_REQUESTS, total.requests - before.requests, model=model)
        recorder.add(MODEL_FAILURES, total.errors - before.errors, model=model)
        recorder.add(MODEL_TOKENS, taken.prompt, model=model, kind="prompt")
        recorder.add(MODEL_TOKENS, taken.completion, model=model, kind="completion")
        if self.prices is not None:
            recorder.add(MODEL_COST, self.prices.cost(taken), model=model)
        before.requests, before.errors = total.requests, total.errors
        before.prompt_tokens, before.completion_tokens = total.prompt_tokens, total.completion_tokens


async def _nothing() -> Mapping[str, Any]:
    return {}


@dataclass(slots=True)
class Watch:
    """Everything there is to look at."""

    recorder: PrometheusRecorder
    version: str
    data_dir: Path
    catalogue: Catalogue
    backlog: Backlog
    indexes: Mapping[str, Countable]
    checks: Mapping[str, Check]
    models: Mapping[str, Asked] = field(default_factory=dict)
    totals: Callable[[], Awaitable[Mapping[str, Any]]] = _nothing
    """What the models and the indexes have done and hold."""
    looks: Sequence[Callable[[], Awaitable[object]]] = ()
    """What tells figures of its own when it is asked to look."""
    process: psutil.Process = field(default_factory=psutil.Process)

    def __post_init__(self) -> None:
        # How busy the processor is, is told since the time before.
        psutil.cpu_percent(interval=None)

    async def exposition(self) -> bytes:
        """All figures as Prometheus reads them. What a store does not tell in time is not a number."""
        self.recorder.set(BUILD, 1, version=self.version)
        for name, asked in self.models.items():
            asked.count(self.recorder, name)
        await asyncio.gather(
            *(self._look(DOCUMENTS, self._documents(state), state=state) for state in get_args(State)),
            *(self._look(PASSAGES, index.count(), index=name) for name, index in self.indexes.items()),
            *(self._up(name, check) for name, check in self.checks.items()),
            *(_in_time(look()) for look in self.looks),
            self._look(REFRESH_LAG, self._lag()),
            self._waiting(),
            asyncio.to_thread(self._disk),
        )
        return await asyncio.to_thread(self.recorder.text)

    def system(self) -> dict[str, float]:
        """Memory of this process in bytes, and processor and disk use in percent. Reads files, so call it in a
        thread."""
        return {
            "memory_bytes": self.process.memory_info().rss,
            "memory_percent": round(self.process.memory_percent(), 2),
            "cpu_percent": psutil.cpu_percent(interval=None),
            "disk_percent": psutil.disk_usage(str(self.data_dir)).percent,
        }

    async def figures(self) -> dict[str, Any]:
        """Figures for people, times in seconds over the latest ones."""
        return {
            "system": await asyncio.to_thread(self.system),
            "answer_time": self.recorder.times(QUESTION_SECONDS),
            "stages": self.recorder.times(STAGE_SECONDS),
            **await self.totals(),
        }

    async def _look(self, gauge: Gauge, looking: Awaitable[float], **labels: str) -> None:
        found = await _in_time(looking)
        self.recorder.set(gauge, math.nan if found is None else found, **labels)

    async def _up(self, name: str, check: Check) -> None:
        self.recorder.set(SERVICE_UP, await _in_time(_works(check)) or 0.0, service=name)

    async def _documents(self, state: State) -> float:
        return (await self.catalogue.page(DocumentFilter(state=state), limit=1)).total

    async def _lag(self) -> float:
        moment = now()
        longest = next(iter(await self.catalogue.due(moment, limit=1)), None)
        if longest is None or longest.next_check_at is None:
            return 0.0
        return (moment - longest.next_check_at).total_seconds()

    async def _waiting(self) -> None:
        waiting = await _in_time(self.backlog.unfinished())
        for platform in PLATFORMS:
            self.recorder.set(
                INBOX_WAITING, math.nan if waiting is None else waiting.get(platform, 0), platform=platform
            )

    def _disk(self) -> None:
        disk = psutil.disk_usage(str(self.data_dir))
        self.recorder.set(DISK_FREE, disk.free)
        self.recorder.set(DISK_SIZE, disk.total)


def watch(parts: Parts, settings: Settings, recorder: PrometheusRecorder, *, guards: Guards) -> Watch:
    """Looks after these parts, and what guards them."""
    models = {}
    if parts.model is not None:
        models[settings.model_name] = Asked(parts.model.statistics, settings.prices)
    if parts.vendor is not None:
        models[settings.embedding_model] = Asked(parts.vendor.statistics)
    return Watch(
        recorder,
        version=version(),
        data_dir=settings.data_dir,
        catalogue=parts.store.catalogue,
        backlog=parts.store.inbox,
        indexes={"vectors": parts.dense, "words": parts.lexical},
        checks={**checks(parts), **guards.checks},
        models=models,
        totals=partial(figures, parts),
        looks=guards.looks,
    )


async def beat(recorder: Recorder, *, seconds: float = BEAT_SECONDS) -> None:
    """Measures for ever how late the event loop comes to what is due."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + seconds
        await asyncio.sleep(seconds)
        recorder.observe(LOOP_LAG, max(0.0, loop.time() - due))


async def _works(check: Check) -> float:
    await check()
    return 1.0


async def _in_time(looking: Awaitable[Found]) -> Found | None:
    """What it finds; None where it finds nothing in time."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await looking
    except (SaseoError, TimeoutError) as error:
        log.info("a figure is missing: %s", error)
        return None
