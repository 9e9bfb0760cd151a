"""The control API for other processes: acts of people, faults, the clock, and what the app did.

POST `/control/{act}` with a JSON object of arguments; GET `/control/{sight}`.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.faults import Fault
from tests.fakes.slack.state import Channel, Message, View

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

ACTS = frozenset(
    "say ask say_as_bot edit unfurl delete stop_stream react join leave archive rename delete_channel "
    "new_channel change_user new_user new_workspace direct change_file delete_file open_home command press "
    "uninstall revoke".split()
)
"""Acts whose arguments are the same in Python and over HTTP; users and channels by id or name, messages by `ts`."""


def shown(value: Any) -> Any:
    """Anything of the fake as JSON."""
    if isinstance(value, Delivery):
        seen = {"type": value.type, "kind": value.kind, "acknowledged": value.acknowledged, "payload": value.payload}
        return seen | {"attempts": shown(value.attempts), "response": value.response, "problem": value.problem}
    if isinstance(value, View):
        return {"id": value.id, "shown_to": value.shown_to, "closed": value.closed, "body": value.body}
    if isinstance(value, Message):
        own = {one.name: shown(getattr(value, one.name)) for one in fields(value) if one.name != "deliveries"}
        return own | {"shown": value.shown, "streaming": value.streaming}
    if isinstance(value, Channel):
        return {one: getattr(value, one) for one in ("id", "team_id", "name", "kind", "members")}
    if is_dataclass(value):
        return {one.name: shown(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): shown(one) for key, one in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [shown(one) for one in value]
    return len(value) if isinstance(value, bytes) else value


class Control:
    """The routes under `/control/`."""

    def __init__(self, slack: "FakeSlack") -> None:
        self.slack = slack
        self.sights: Mapping[str, Callable[[web.Request], Any]] = {
            "calls": self._calls,
            "messages": self._messages,
            "deliveries": lambda _: list(slack.outbox.sent),
            "connections": lambda _: {"open": len(slack.socket_mode.connections), "past": slack.socket_mode.handshakes},
            "environment": lambda _: slack.environment,
            "channels": lambda _: self._places(),
            "statuses": lambda _: list(slack.statuses.values()),
            "views": lambda _: list(slack.world.views.values()),
            "files": lambda _: [file for team in slack.world.workspaces.values() for file in team.files.values()],
            "prompts": lambda _: slack.prompts,
            "users": lambda _: [user for team in slack.world.workspaces.values() for user in team.users.values()],
        }

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/control/{name}", self._see), web.post("/control/{name}", self._act)]

    async def _see(self, request: web.Request) -> web.Response:
        sight = self.sights.get(request.match_info["name"])
        if sight is None:
            return web.json_response({"error": f"one of {', '.join(sorted(self.sights))}"}, status=404)
        return web.json_response(shown(sight(request)))

    async def _act(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        arguments = await request.json() if request.can_read_body else {}
        try:
            if name in ACTS:
                return web.json_response(shown(getattr(self.slack, name)(**arguments)))
            act = getattr(self, f"do_{name}", None)
            if act is None:
                return web.json_response({"error": f"no act {name}"}, status=404)
            return web.json_response(shown(await act(**arguments)))
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    async def do_upload(self, name: str, data: str = "", base64: str = "", **more: Any) -> Any:
        """Shares a file with this text, or with these bytes."""
        return self.slack.upload(name, b64decode(base64) if base64 else data, **more)

    async def do_shortcut(self, callback_id: str, ts: str = "", channel: str = "", user: str = "") -> Any:
        """Uses a message shortcut, or a global one where no `ts` is given."""
        message = self.slack.find_message(ts, channel or None)[2] if ts else None
        return self.slack.shortcut(callback_id, message=message, user=user or None)

    async def do_press_in_view(self, view: str, action_id: str, **choice: Any) -> Any:
        return self.slack.press_in_view(self.slack.world.views[view], action_id, **choice)

    async def do_submit(self, view: str, values: Any = None) -> Any:
        return self.slack.submit(self.slack.world.views[view], values)

    async def do_event(self, event: Any, team: str = "") -> Any:
        """Sends any event as it is given."""
        return self.slack.emit(self.slack.world.workspaces[team] if team else self.slack.team, event)

    async def do_redeliver(self, last: int = 1) -> Any:
        """Sends the last so many deliveries once more, as they were."""
        return [self.slack.outbox.again(one) for one in list(self.slack.outbox.sent)[-last:]]

    async def do_http(self, events: str, commands: str = "", interactions: str = "") -> Any:
        """Delivers to these URLs from now on; says whether the events' one answers the challenge."""
        http = await self.slack.deliver_over_http(events=events, commands=commands, interactions=interactions)
        return {"verified": await http.verify()}

    async def do_socket(self) -> Any:
        await self.slack.deliver_over_socket()
        return {}

    async def do_retries(self, after: list[float] | None = None, patience: float | None = None) -> Any:
        """Seconds between attempts to deliver an event, and how long one waits for a connection."""
        if after is not None:
            self.slack.outbox.retry_after = tuple(after)
        if patience is not None:
            self.slack.socket_mode.patience = patience
        return {"after": self.slack.outbox.retry_after, "patience": self.slack.socket_mode.patience}

    async def do_fault(self, method: str, **fault: Any) -> Any:
        """Spoils the next calls of a method; see `Fault`."""
        self.slack.faults.scripted.append(Fault(method, **fault))
        return {}

    async def do_lack(self, methods: list[str]) -> Any:
        """Answers `unknown_method` for these patterns, such as `assistant.*`, from now on."""
        self.slack.faults.lack(methods)
        return {}

    async def do_refuse_handshakes(self, times: int = 1) -> Any:
        self.slack.faults.refused_handshakes = times
        return {}

    async def do_lose_acks(self, times: int = 1) -> Any:
        self.slack.faults.lost_acks = times
        return {}

    async def do_drop_connections(self) -> Any:
        return {"dropped": self.slack.socket_mode.drop()}

    async def do_ask_to_reconnect(self, reason: str = "refresh_requested") -> Any:
        await self.slack.socket_mode.ask_to_reconnect(reason)
        return {}

    async def do_advance(self, seconds: float) -> Any:
        """Moves the clock forwards."""
        self.slack.clock.advance(seconds)
        return {"now": self.slack.clock.now()}

    async def do_limits(self, **limits: int | bool) -> Any:
        """`{"off": true}`, or calls a minute by method."""
        self.slack.limits.off = bool(limits.pop("off", self.slack.limits.off))
        self.slack.limits.per_minute |= {name: int(value) for name, value in limits.items()}
        return {}

    async def do_twins(self, order: Any = "mention_first", gap: float = 0.0) -> Any:
        """The order of the two events of a mention, and the seconds between them."""
        self.slack.twin_order, self.slack.twin_gap = order, gap
        return {}

    async def do_scopes(self, scopes: list[str], team: str = "") -> Any:
        """Gives the bot token just these scopes."""
        workspace = self.slack.world.workspaces[team] if team else self.slack.team
        workspace.scopes = set(scopes)
        return {}

    def _calls(self, request: web.Request) -> Any:
        wanted, after = request.query.get("method"), int(request.query.get("after", "0"))
        found = [call for call in self.slack.calls if wanted in (None, call.method)]
        return found[after:]

    def _messages(self, request: web.Request) -> Any:
        channel = request.query.get("channel")
        places = [self.slack.find_channel(channel)[1]] if channel else self._places()
        return [message for place in places for message in (*place.messages.values(), *place.ephemerals)]

    def _places(self) -> list[Any]:
        return [place for team in self.slack.world.workspaces.values() for place in team.channels.values()]
