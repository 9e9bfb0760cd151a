"""What every part of the fake works on: the world, the clock, the way out, the faults, and who waits for what."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tests.fakes.slack.clock import Clock
from tests.fakes.slack.delivery import Delivery, Outbox
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.socket_mode import SocketMode
from tests.fakes.slack.state import Channel, Json, Message, User, Workspace
from tests.fakes.slack.wire import callback
from tests.fakes.slack.world import World

Found = TypeVar("Found")
TwinOrder = Literal["mention_first", "message_first"]


@dataclass(slots=True, eq=False)
class Called:
    """A call of the Web API; `response` is None while it is being answered or when the answer was lost."""

    method: str
    arguments: Json
    at: float
    verb: str
    content_type: str
    token: str
    team_id: str | None = None
    status: int = 0
    response: Json | None = None

    @property
    def error(self) -> str:
        return str((self.response or {}).get("error", ""))


@dataclass(slots=True)
class Status:
    """What an app says it is doing, as of `at`."""

    text: str
    at: float
    loading_messages: tuple[str, ...] = ()


class Stage:
    """The parts that people's acts and the methods of the Web API share."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.world = World(self.clock)
        self.faults = Faults()
        self.outbox = Outbox(self.clock, self.changed)
        self.socket_mode = SocketMode(self.world, self.clock, self.faults)
        self.outbox.transport = self.socket_mode
        self.calls: deque[Called] = deque(maxlen=100_000)
        self.statuses: dict[tuple[str, str], Status] = {}
        self.twin_order: TwinOrder = "mention_first"
        """Which of the two events of a mention is sent first."""
        self.twin_gap = 0.0
        """Seconds between the two."""
        self.base_url = ""
        self.observers: list[Callable[[str, Message], None]] = []
        """Called with the cause and the message whenever a message comes, changes or goes."""
        self._change = asyncio.Event()

    def changed(self) -> None:
        """Wakes everybody who waits for something to hold."""
        change, self._change = self._change, asyncio.Event()
        change.set()

    async def until(self, look: Callable[[], Found], *, what: str, timeout: float = 10.0) -> Found:  # noqa: ASYNC109
        """Waits until `look` finds something true and returns it; AssertionError with `what` after `timeout`."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := look()):
                    await self._change.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"waited {timeout} s in vain for {what}") from None

    def noted(self, cause: str, message: Message) -> None:
        """Keeps the message's present state and tells whoever watches."""
        message.note(cause, self.clock.now())
        for observer in self.observers:
            observer(cause, message)
        self.changed()

    def emit(self, workspace: Workspace, event: Json, *, shared: bool = False, after: float = 0.0) -> Delivery | None:
        """Sends an event to the app where it is installed and subscribed to it."""
        name = event["type"]
        if name == "message":
            kinds = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
            name = f"message.{kinds[event['channel_type']]}"
        if not workspace.installed or name not in self.world.app.events:
            return None
        body = callback(
            self.world.app,
            workspace,
            event,
            event_id=self.world.new_id("Ev"),
            at=self.clock.now(),
            shared=shared,
        )
        return self.outbox.send("events_api", body, after=after)

    def status(self, channel: Channel | str, thread_ts: str) -> str:
        """What the app says it is doing in a thread; statuses lapse after two minutes."""
        channel_id = channel if isinstance(channel, str) else channel.id
        status = self.statuses.get((channel_id, thread_ts))
        return status.text if status and self.clock.now() - status.at < 120 else ""

    def find_user(self, workspace: Workspace, user: User | str) -> User:
        return workspace.user(user if isinstance(user, str) else user.id)

    def find_channel(self, channel: Channel | str) -> tuple[Workspace, Channel]:
        """By id or name, in any workspace; KeyError where there is none."""
        if isinstance(channel, Channel):
            return self.world.workspaces[channel.team_id], channel
        for workspace in self.world.workspaces.values():
            try:
                return workspace, workspace.channel(channel)
            except KeyError:
                continue
        raise KeyError(f"no channel {channel!r}")

    def file_objects(self, workspace: Workspace, channel: Channel, message: Message) -> list[Any]:
        """The files of a message as the app gets to see them."""
        from tests.fakes.slack.wire import file_json, file_stub

        files = [workspace.files[one] for one in message.files]
        return [
            file_stub(one) if one.team_id != workspace.id and not one.deleted else file_json(one, self.base_url)
            for one in files
        ]
