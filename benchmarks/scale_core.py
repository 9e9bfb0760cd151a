"""What answers in `benchmarks.scale`: the program's own parts over real servers."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from threadpoolctl import threadpool_limits

from benchmarks.corpus import Words
from benchmarks.scale_library import WordVectors
from bot.guarding import guard
from bot.metrics import PrometheusRecorder
from bot.parts import Parts
from bot.settings import Settings
from bot.words import words_of
from core.backends.chroma import open_chroma
from core.backends.copied_index import CopiedIndex
from core.backends.lexical import open_lexical
from core.backends.postgres import open_postgres
from core.backends.redis import open_redis
from core.backends.seal import FernetSeal
from core.chat import Chat
from core.evidence import Evidence
from core.keeping_up import KeepingUp
from core.measuring import STAGE_SECONDS, Histogram
from core.ports import Message
from core.remembered_channels import RememberedChannels
from core.retrieval import Retrieval
from core.types import Usage

MOST_BYTES = 16 * 2**30
"""Of memory for a copy of the vectors."""


class SlowModel:
    """Cites the first passage after a while."""

    name = "slow"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:  # noqa: ARG002
        await asyncio.sleep(self._seconds)
        yield "So it is [1]."
        yield Usage(1000, 100)


@dataclass(frozen=True, slots=True)
class Place:
    """What a process that answers is told."""

    folder: str
    database_url: str
    redis_url: str
    chroma_url: str
    passages: int
    channels: int
    dimension: int
    model_seconds: float
    seed: int
    vectors: str
    """Who searches them: the `server`, or the process itself over a `copy` in its memory."""


class Stages(PrometheusRecorder):
    """Keeps how long the stages of questions took in the phase under way, beside all that the program keeps."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[str, list[float]] = {}

    def observe(self, histogram: Histogram, seconds: float, /, **labels: str) -> None:
        super().observe(histogram, seconds, **labels)
        if histogram is STAGE_SECONDS:
            self.seconds.setdefault(labels["stage"], []).append(seconds)


@dataclass(frozen=True, slots=True)
class Core:
    """The parts that are asked."""

    parts: Parts
    chat: Chat
    recorder: Stages
    followed_seconds: float
    copied_seconds: float


@asynccontextmanager
async def open_core(place: Place) -> AsyncIterator[Core]:
    """Put together as `bot.wiring` does, with an embedder that is made up and a model that waits."""
    folder = Path(place.folder)
    embedder = WordVectors(Words(0), place.dimension)
    settings = Settings.model_validate(
        {"data_dir": folder, "database_url": place.database_url, "redis_url": place.redis_url}
        | {"chroma_url": place.chroma_url}
    )
    seal = FernetSeal((), folder / "key")
    async with AsyncExitStack() as stack:
        threadpool_limits(1, user_api="blas")
        store = await stack.enter_async_context(open_postgres(place.database_url, seal=seal))
        redis = await stack.enter_async_context(open_redis(place.redis_url))
        dense = await stack.enter_async_context(
            open_chroma(
                identity=embedder.identity,
                dimension=embedder.dimension,
                url=place.chroma_url,
                copied_bytes=MOST_BYTES if place.vectors == "copy" else 0,
            )
        )
        lexical = await stack.enter_async_context(open_lexical(folder / "lexical"))
        made_up: Any = embedder
        model: Any = SlowModel(place.model_seconds)
        parts = Parts(store, seal, redis, model, None, made_up, dense, lexical)
        recorder = Stages()
        guards = guard(parts, settings, recorder)
        started = time.perf_counter()
        keeping_up = cast("KeepingUp", words_of(parts).keeping_up)
        await keeping_up.open()
        while await keeping_up.look():
            pass
        followed = time.perf_counter() - started
        following = asyncio.create_task(keeping_up.run())
        stack.callback(following.cancel)
        started = time.perf_counter()
        if isinstance(dense, CopiedIndex):
            copying = KeepingUp(trail=store.trail, catalogue=store.catalogue, kept=dense)
            await copying.open()
            stack.callback(asyncio.create_task(copying.run()).cancel)
        copied = time.perf_counter() - started
        chat = Chat(
            retrieval=Retrieval(
                dense=dense, lexical=lexical, shelves=store.shelves, embedder=guards.embedder, recorder=recorder
            ),
            evidence=Evidence(background=lexical),
            shelves=store.shelves,
            history=guards.history,
            answers=store.answers,
            claims=guards.claims,
            model=guards.model,
            gate=guards.gate,
            room=guards.room,
            settings=RememberedChannels(store.channels).lately,
            recorder=recorder,
        )
        yield Core(parts, chat, recorder, followed, copied)
