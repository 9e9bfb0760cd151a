"""Brings events, commands and interactions to the app, again where they were not acknowledged."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tests.fakes.patience import PATIENCE
from tests.fakes.slack.clock import Clock
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import Json

Errand = Literal["events_api", "slash_commands", "interactive"]


@dataclass(slots=True)
class Attempt:
    """One try; `failure` is empty once it was acknowledged, and a reason as Slack words it otherwise."""

    number: int
    at: float
    failure: str | None = None
    took: float | None = None


@dataclass(slots=True, eq=False)
class Delivery:
    """A thing that the app is told. `payload` is what Slack sends, `response` what came with the acknowledgement."""

    kind: Errand
    payload: Json
    attempts: list[Attempt] = field(default_factory=list)
    response: Any = None
    then: Callable[[Any], object] | None = None
    """Called with the response once it is acknowledged."""
    problem: str = ""
    """What was wrong with the response."""
    final: bool = False
    """The app asked not to be told again (`X-Slack-No-Retry`)."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Acknowledged or given up."""

    @property
    def acknowledged(self) -> bool:
        return any(attempt.failure == "" for attempt in self.attempts)

    @property
    def type(self) -> str:
        """The event's type, else the payload's, else the kind."""
        event = self.payload.get("event", {})
        return str(event.get("type") or self.payload.get("type") or self.kind)

    async def settled(self, *, timeout: float = PATIENCE) -> "Delivery":  # noqa: ASYNC109 - a bound for tests
        """Waits until it is acknowledged or given up; TimeoutError when neither happens."""
        await asyncio.wait_for(self.over.wait(), timeout)
        return self


class Transport(Protocol):
    """A way to the app."""

    async def deliver(self, delivery: Delivery, number: int, reason: str) -> str:
        """Tries once; the answer is empty when it was acknowledged, else why it was not."""
        ...


class Outbox:
    """Sends each delivery in its own task, so that none waits for another."""

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self.clock = clock
        self.transport: Transport | None = None
        self.retry_after: tuple[float, ...] = (0.0, 60.0, 300.0)
        """Seconds from a failed attempt to the next one, for events; nothing else is tried again."""
        self.sent: deque[Delivery] = deque(maxlen=20_000)
        self._changed = changed
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, kind: Errand, payload: Json, *, after: float = 0.0) -> Delivery:
        """Starts a delivery, `after` seconds from now."""
        delivery = Delivery(kind, payload)
        self.sent.append(delivery)
        task = asyncio.get_running_loop().create_task(self._drive(delivery, after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivery

    def again(self, delivery: Delivery) -> Delivery:
        """Sends the same payload once more, as Slack does when it believes that it was not received."""
        return self.send(delivery.kind, delivery.payload)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _drive(self, delivery: Delivery, after: float) -> None:
        await self.clock.sleep(after)
        waits = (0.0, *self.retry_after) if delivery.kind == "events_api" else (0.0,)
        reason = ""
        for number, wait in enumerate(waits):
            await self.clock.sleep(wait)
            attempt = Attempt(number, self.clock.now())
            delivery.attempts.append(attempt)
            self._changed()
            assert self.transport is not None
            reason = await self.transport.deliver(delivery, number, reason)
            attempt.failure = reason
            attempt.took = self.clock.now() - attempt.at
            self._changed()
            if not reason or delivery.final:
                break
        if not reason and delivery.then is not None:
            try:
                delivery.then(delivery.response)
            except ApiError as error:
                delivery.problem = error.error
        delivery.over.set()
        self._changed()
