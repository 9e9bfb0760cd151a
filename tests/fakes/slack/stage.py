"""What every part of the fake works on: the world, the clock, the way out, the faults, and who waits for what."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tests.fakes.patience import PATIENCE
from tests.fakes.slack.clock import Clock
from tests.fakes.slack.delivery import Delivery, Outbox
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.socket_mode import SocketMode
from tests.fakes.slack.state import Channel, Json, Message, User, View, Workspace
from tests.fakes.slack.wire import callback, file_json, file_stub
from tests.fakes.slack.world import EVENT_SCOPES, World

Found = TypeVar("Found")
TRIGGER_SECONDS = 3.0
STATUS_SECONDS = 120.0
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


@dataclass(frozen=True, slots=True)
class Status:
    """What an app says it is doing in a thread, as of `at`; empty: nothing."""

    channel: str
    thread_ts: str
    text: str
    at: float
    loading_messages: tuple[str, ...] = ()


@dataclass(slots=True)
class Trigger:
    """Lets the app open one modal for a user, within three seconds."""

    team_id: str
    user_id: str
    at: float
    view_id: str | None = None
    used: bool = False


Seen = Message | View | Status


class Stage:
    """The parts that people's acts and the methods of the Web API share."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.world = World(self.clock)
        self.faults = Faults()
        self.outbox = Outbox(self.clock, self.changed)
        self.socket_mode = SocketMode(self.world, self.clock, self.faults, self.changed)
        self.outbox.transport = self.socket_mode
        self.calls: deque[Called] = deque(maxlen=100_000)
        self.statuses: dict[tuple[str, str], Status] = {}
        """What was said and not cleared, by channel and thread; it may have lapsed."""
        self.twin_order: TwinOrder = "mention_first"
        """Which of the two events of a mention is sent first."""
        self.twin_gap = 0.0
        """Seconds between the two."""
        self.base_url = ""
        self.streams: list[Message] = []
        """Messages that are being streamed now."""
        self.prompts: dict[str, list[Json]] = {}
        """The questions that the app proposes in a direct message."""
        self.titles: dict[tuple[str, str], str] = {}
        self.triggers: dict[str, Trigger] = {}
        self.observers: list[Callable[[str, Seen], None]] = []
        """Called with the cause and the thing whenever a message, a view or a status changes."""
        self._change = asyncio.Event()

    def changed(self) -> None:
        """Wakes everybody who waits for something to hold."""
        change, self._change = self._change, asyncio.Event()
        change.set()

    async def until(self, look: Callable[[], Found | None], *, what: str, timeout: float = PATIENCE) -> Found:  # noqa: ASYNC109
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
        self.tell_observers(cause, message)

    def tell_observers(self, cause: str, thing: Seen) -> None:
        for observer in self.observers:
            observer(cause, thing)
        self.changed()

    def seen_view(self, cause: str, view: View) -> None:
        self.tell_observers(cause, view)

    def set_status(self, status: Status) -> None:
        self.statuses.pop((status.channel, status.thread_ts), None)
        if status.text:
            self.statuses[status.channel, status.thread_ts] = status
        self.tell_observers("assistant.threads.setStatus", status)

    def new_trigger(self, workspace: Workspace, user: User, *, view: View | None = None) -> str:
        name = f"{self.world.new_id('')}.{workspace.id[1:]}.trigger"
        self.triggers[name] = Trigger(workspace.id, user.id, self.clock.now(), view.id if view else None)
        return name

    def exchange(self, name: str, workspace: Workspace) -> Trigger:
        """Uses a trigger. Raises ApiError where it is unknown, used or too old."""
        trigger = self.triggers.get(name)
        if trigger is None or trigger.team_id != workspace.id:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self.clock.now() - trigger.at > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def emit(self, workspace: Workspace, event: Json, *, shared: bool = False, after: float = 0.0) -> Delivery | None:
        """Sends an event to the app where it is installed and subscribed to it."""
        name = event["type"]
        if name == "message":
            kinds = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
            name = f"message.{kinds[event['channel_type']]}"
        if not workspace.installed or name not in self.world.app.events:
            return None
        if (scopes := EVENT_SCOPES.get(name)) and not workspace.scopes.intersection(scopes):
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
        return status.text if status and self.clock.now() - status.at < STATUS_SECONDS else ""

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
        files = [workspace.files[one] for one in message.files]
        return [
            file_stub(one) if one.team_id != workspace.id and not one.deleted else file_json(one, self.base_url)
            for one in files
        ]
