"""The control API for other processes: acts of people, faults, the clock, and what the bot did.

POST `/control/{act}` with a JSON object of arguments; GET `/control/{sight}`.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from aiohttp import web

from tests.fakes.discord.faults import Fault
from tests.fakes.discord.guild_wire import guild_json
from tests.fakes.discord.stage import Called
from tests.fakes.discord.state import Channel, Guild, Interaction, Member, Message, Role, User
from tests.fakes.discord.watching import Watching
from tests.fakes.discord.wire import member_json, message_json, role_json
from tests.fakes.patience import PATIENCE

ACTS = frozenset(
    "say mention reply share post edit unfurl delete delete_many react unreact direct new_user new_guild join leave "
    "set_available new_role give_role take_role delete_role set_permissions overwrite delete_channel "
    "change_channel new_thread add_to_thread remove_from_thread autocomplete context_menu press submit_modal "
    "expire_attachments".split()
)
"""Acts whose arguments are the same in Python and over HTTP; things by id or name, messages by id."""
BREAKING = frozenset("drop close_all ask_to_reconnect invalidate again send_malformed".split())
"""What is done to the gateway, with the arguments of its methods."""


def told(body: Any, *, status: int = 200) -> web.Response:
    """JSON that can be read in every language."""
    return web.json_response(body, status=status, dumps=partial(json.dumps, ensure_ascii=False))


class Control:
    """The routes under `/control/`."""

    def __init__(self, discord: Watching) -> None:
        self.discord = discord
        self.sights: Mapping[str, Callable[[web.Request], Any]] = {
            "calls": self._calls,
            "messages": self._messages,
            "channels": lambda _: [one for one in discord.world.channels() if not one.deleted],
            "users": lambda _: list(discord.world.users.values()),
            "guilds": lambda _: list(discord.world.guilds.values()),
            "interactions": lambda _: list(discord.world.interactions.values()),
            "commands": self._commands,
            "connections": self._connections,
            "environment": lambda _: discord.environment,
            "violations": lambda _: discord.violations,
            "downloads": lambda _: list(discord.downloads),
        }

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/control/{name}", self._see), web.post("/control/{name}", self._act)]

    async def _see(self, request: web.Request) -> web.Response:
        sight = self.sights.get(request.match_info["name"])
        if sight is None:
            return told({"error": f"one of {', '.join(sorted(self.sights))}"}, status=404)
        return told(self.shown(sight(request)))

    async def _act(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        try:
            arguments = await request.json() if request.can_read_body else {}
            if name in ACTS:
                return told(self.shown(getattr(self.discord, name)(**arguments)))
            if name in BREAKING:
                return told(self.shown(getattr(self.discord.gateway, name)(**arguments)))
            act = getattr(self, f"do_{name}", None)
            if act is None:
                return told({"error": f"no act {name}"}, status=404)
            return told(self.shown(await act(**arguments)))
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
            return told({"error": f"{type(error).__name__}: {error}"}, status=400)

    async def do_new_channel(self, name: str, only: list[str] | None = None, **more: Any) -> Any:
        """`only` names people."""
        people = None if only is None else [self.discord.find_user(one) for one in only]
        return self.discord.new_channel(name, only=list(people) if people is not None else None, **more)

    async def do_slash(self, name: str, options: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Options as they are; a file is `{"file": name, "data": text}` or `base64`, a user `{"user": name}`."""
        return self.discord.slash(name, {one: self._option(value) for one, value in (options or {}).items()}, **more)

    async def do_upload(self, name: str, base64: str, **more: Any) -> Any:
        """Shares a file with these bytes."""
        return self.discord.share(name, b64decode(base64), **more)

    async def do_posted(self, **wanted: Any) -> Any:
        """Waits for a message of the bot's: `contains`, `channel`, `count`, `timeout`."""
        return await self.discord.posted(**wanted)

    async def do_settled(self, interaction: str, timeout: float = PATIENCE) -> Any:  # noqa: ASYNC109 - a bound for tests
        """Waits for the first answer to an interaction, or the lack of one."""
        try:
            return await self.discord.find_interaction(interaction).settled(timeout=timeout)
        except TimeoutError:
            raise ValueError("nothing happened in that time") from None

    async def do_ready(self, count: int = 1, timeout: float = PATIENCE) -> Any:  # noqa: ASYNC109 - a bound for tests
        """Waits until so many connections have identified."""
        await self.discord.gateway.ready(count, timeout=timeout)
        return {"sessions": list(self.discord.gateway.sessions)}

    async def do_event(self, name: str, data: Any, guild: str | None = None) -> Any:
        """Dispatches any event as it is given."""
        return {"sessions": self.discord.gateway.dispatch(name, data, guild_id=guild)}

    async def do_fault(self, **fault: Any) -> Any:
        """Spoils the next requests of a route; see `Fault`."""
        self.discord.faults.add(Fault(**fault))
        return {}

    async def do_refuse_connections(self, times: int = 1) -> Any:
        self.discord.gateway.refusals = times
        return {}

    async def do_heartbeat(self, seconds: float) -> Any:
        """How often those who connect from now on have to send a heartbeat."""
        self.discord.gateway.heartbeat_seconds = seconds
        return {}

    async def do_acknowledge_heartbeats(self, *, yes: bool = True) -> Any:
        self.discord.gateway.acknowledges = yes
        return {}

    async def do_intents(self, *, message_content: bool = True, members: bool = False) -> Any:
        """Which privileged intents are granted."""
        self.discord.world.message_content, self.discord.world.members_intent = message_content, members
        return {}

    async def do_shards(self, count: int) -> Any:
        self.discord.shards = count
        return {}

    async def do_starts_left(self, count: int) -> Any:
        self.discord.gateway.starts_left = count
        return {}

    async def do_advance(self, seconds: float) -> Any:
        """Moves the clock forwards."""
        self.discord.clock.advance(seconds)
        return {"now": self.discord.clock.now()}

    async def do_limits(self, *, off: bool = False, **figures: list[float]) -> Any:
        """`{"off": true}`, or requests and seconds by route."""
        self.discord.limits.off = off
        self.discord.limits.figures |= {route: (int(one[0]), one[1]) for route, one in figures.items()}
        return {}

    async def do_install(self, user: str) -> Any:
        """Somebody installs the app for themselves."""
        self.discord.world.user_installs.add(self.discord.find_user(user).id)
        return {}

    def _option(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if "file" in value:
            data = b64decode(value["base64"]) if "base64" in value else value.get("data", "")
            return (value["file"], data)
        if "user" in value:
            return self.discord.find_user(value["user"])
        return self.discord.find_channel(value["channel"])

    def shown(self, value: Any) -> Any:
        """Anything of the fake as JSON."""
        if isinstance(value, Message):
            body = message_json(self.discord.world, value, self.discord.sign)
            more = {"history": [asdict(one) for one in value.history], "ephemeral_to": value.ephemeral_to}
            return body | more | {"deleted": value.deleted, "loading": value.loading, "pinged": sorted(value.pinged)}
        if isinstance(value, Channel):
            guild = value.guild.id if value.guild else None
            return {"id": value.id, "kind": value.kind, "name": value.name, "guild_id": guild} | {
                "parent_id": value.parent.id if value.parent else None,
                "members": sorted(value.thread_members),
                "archived": value.archived,
            }
        if isinstance(value, Interaction):
            answers = {"callback": value.callback, "original": self.shown(value.original), "choices": value.choices}
            answers |= {"modal": value.modal, "problem": value.problem, "took": value.took}
            return answers | {"id": value.id, "type": value.type, "followups": self.shown(value.followups)}
        if isinstance(value, Guild):
            return guild_json(self.discord.world, value)
        if isinstance(value, Role):
            return role_json(value)
        if isinstance(value, Member):
            return member_json(value)
        if isinstance(value, User | Called):
            return asdict(value)
        if isinstance(value, Mapping):
            return {str(key): self.shown(one) for key, one in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [self.shown(one) for one in value]
        return value

    def _calls(self, request: web.Request) -> Any:
        wanted, after = request.query.get("route"), int(request.query.get("after", "0"))
        return [call for call in self.discord.calls if wanted in (None, call.route)][after:]

    def _messages(self, request: web.Request) -> Any:
        """What stands in a channel, or everywhere; `user` for what one person sees, `all` for deleted ones too."""
        channel, user = request.query.get("channel"), request.query.get("user")
        places = [self.discord.find_channel(channel)] if channel else self.discord.world.channels()
        if "all" in request.query:
            return [message for place in places for message in place.messages.values()]
        return [message for place in places for message in self.discord.visible(place, user=user)]

    def _commands(self, _: web.Request) -> Any:
        local = {one.id: list(one.commands.values()) for one in self.discord.world.guilds.values() if one.commands}
        return {"global": list(self.discord.world.commands.values())} | local

    def _connections(self, _: web.Request) -> Any:
        gateway = self.discord.gateway
        now = [
            {"compress": one.compress, "heartbeats": one.heartbeats, "session": one.session.id if one.session else None}
            for one in gateway.connections
        ]
        return {"open": now, "past": gateway.handshakes, "starts_left": gateway.starts_left}
