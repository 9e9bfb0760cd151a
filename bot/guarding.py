"""What stands between questions and the services that may be slow or away, and counts what may be asked."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bot.settings import Settings
from bot.vector_settings import MEGABYTE
from core.breaker import Breaker
from core.budgeted import BudgetedModel
from core.errors import Unavailable
from core.guarded import GuardedEmbedder, GuardedModel
from core.limits import Budget, Gate, Tallies
from core.measured import MeasuredModel
from core.measuring import Recorder
from core.ports import Claims, Embedder, History, Model
from core.room import Room
from core.saseo import Check
from core.standby import Standby, StandbyClaims, StandbyHistory
from core.standby_tallies import StandbyTallies

if TYPE_CHECKING:
    from bot.parts import Parts

Look = Callable[[], Awaitable[object]]
LEAST_FREE = 32 * MEGABYTE
"""With less on the disk, something is about to fail."""
STANDBY_PAUSE = 2.0
"""Seconds between two trials of a store that something stands in for."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The parts of a core as questions meet them."""

    model: Model | None
    embedder: Embedder
    claims: Claims
    history: History
    gate: Gate
    room: Room
    standbys: tuple[Standby, ...] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    looks: tuple[Look, ...] = ()
    """What tells figures that change while nobody asks anything."""


def guard(parts: "Parts", settings: Settings, recorder: Recorder) -> Guards:
    """Guards these parts."""
    checks: dict[str, Check] = {"disk": partial(_has_room, settings.data_dir)}
    standbys: list[Standby] = []
    tallies = _tallies(parts, recorder, standbys)
    model: Model | None = None
    looks: list[Look] = []
    if parts.model is not None:
        breaker = Breaker("model", code="outage.model", pause=settings.model_pause, recorder=recorder)
        checks["model"] = breaker.check
        budget = Budget(tallies, settings.quotas, recorder=recorder)
        looks.append(budget.look)
        guarded = MeasuredModel(GuardedModel(parts.model, breaker), recorder)
        model = BudgetedModel(guarded, budget, prices=settings.prices)
    embedder: Embedder = parts.embedded
    if parts.vendor is not None:
        breaker = Breaker("embedder", code="outage.embedder", pause=settings.model_pause, recorder=recorder)
        checks["embedder"] = breaker.check
        embedder = GuardedEmbedder(parts.vendor, breaker)
    return Guards(
        model=model,
        embedder=embedder,
        claims=_claims(parts, settings, recorder, standbys),
        history=_history(parts, settings, recorder, standbys),
        gate=Gate(tallies, settings.quotas, recorder=recorder),
        room=Room(at_once=settings.questions_at_once, waiting=settings.questions_waiting),
        standbys=tuple(standbys),
        checks=checks,
        looks=tuple(looks),
    )


def _tallies(parts: "Parts", recorder: Recorder, standbys: list[Standby]) -> Tallies:
    from core.backends.memory_tallies import MemoryTallies

    memory = MemoryTallies()
    if parts.redis is None:
        return memory
    standing_by = StandbyTallies(parts.redis.tallies, memory, _outage("limits", "store.redis", recorder))
    standbys.append(standing_by)
    return standing_by


def _claims(parts: "Parts", settings: Settings, recorder: Recorder, standbys: list[Standby]) -> Claims:
    """Where documents are on a server and it is away, no question can be answered: nothing stands in for claims."""
    if parts.redis is None and settings.database_url is not None:
        return parts.store.claims
    redis = parts.redis is not None
    claims = StandbyClaims(
        parts.redis.claims if parts.redis else parts.store.claims,
        _outage("claims", "store.redis" if redis else "store.failed", recorder),
    )
    standbys.append(claims)
    return claims


def _history(parts: "Parts", settings: Settings, recorder: Recorder, standbys: list[Standby]) -> History:
    if parts.redis is None:
        return parts.store.history
    history = StandbyHistory(parts.redis.history, _outage("history", "store.redis", recorder), ttl=settings.history_ttl)
    standbys.append(history)
    return history


def _outage(service: str, code: str, recorder: Recorder) -> Breaker:
    """Opens at the first failure: what stands in is there at once."""
    return Breaker(service, code=code, failures=1, pause=STANDBY_PAUSE, recorder=recorder)


async def _has_room(directory: Path) -> None:
    free = psutil.disk_usage(str(directory)).free
    if free < LEAST_FREE:
        raise Unavailable("outage.disk", free=free // MEGABYTE)
