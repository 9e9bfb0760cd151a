"""The Web API's front desk: reads arguments, knows tokens, scopes, limits and faults, and keeps every call."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.slack.catalogue import Catalogue
from tests.fakes.slack.errors import ApiError, RateLimited
from tests.fakes.slack.faults import Fault
from tests.fakes.slack.limits import RateLimits
from tests.fakes.slack.stage import Called
from tests.fakes.slack.state import SCOPE_PREFIXES, Channel, Json, Workspace

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

WITHOUT_TOKEN = frozenset({"api.test", "oauth.v2.access", "openid.connect.token"})
WITH_APP_TOKEN = frozenset({"apps.connections.open", "apps.event.authorizations.list"})


@dataclass(slots=True)
class Call:
    """A call that passed the desk. `workspace` is where the token belongs; methods without one never ask for it."""

    method: str
    arguments: Json
    slack: "FakeSlack"
    token: str
    installed: Workspace | None

    @property
    def workspace(self) -> Workspace:
        if self.installed is None:
            raise ApiError("not_authed")
        return self.installed

    def text(self, name: str, default: str = "") -> str:
        value = self.arguments.get(name, default)
        return value if isinstance(value, str) else default if value is None else json.dumps(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.arguments.get(name, default)
        return value.lower() in ("1", "true") if isinstance(value, str) else bool(value)

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.arguments.get(name) or default)
        except (TypeError, ValueError):
            raise ApiError("invalid_arguments", f"must be an integer: {name}") from None

    def structure(self, name: str, kind: type, *, error: str) -> Any:
        """A list or an object, also where it was sent as a string of JSON; None where it is absent."""
        value = self.arguments.get(name)
        if isinstance(value, str) and value:
            try:
                value = json.loads(value)
            except ValueError:
                raise ApiError(error) from None
        if value is None or value == "":
            return None
        if not isinstance(value, kind):
            raise ApiError(error)
        return value

    def channel(self, name: str = "channel", *, error: str = "channel_not_found") -> Channel:
        """The conversation that an argument names; private ones only where the app is a member."""
        found = self.workspace.channels.get(self.text(name))
        bot = self.workspace.bot_user.id
        if found is None or (found.kind != "public" and bot not in found.members):
            raise ApiError(error)
        return found

    def need(self, *scopes: str) -> None:
        """Any of these scopes."""
        if not self.workspace.scopes.intersection(scopes):
            raise ApiError("missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.workspace.scopes)))

    def need_of(self, channel: Channel, right: str) -> None:
        """The scope for this kind of conversation, e.g. `groups:history`."""
        self.need(f"{SCOPE_PREFIXES[channel.kind]}:{right}")


Method = Callable[[Call], Json]


class WebApi:
    """Answers `/api/{method}`."""

    def __init__(self, slack: "FakeSlack", methods: Mapping[str, Method]) -> None:
        self.slack = slack
        self.methods = methods
        self.catalogue = Catalogue.load()
        self.limits = RateLimits(slack.clock, self.catalogue, slack.world.app)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        call = Called(method, {}, self.slack.clock.now(), request.method, request.content_type, "")
        self.slack.calls.append(call)
        try:
            call.arguments = await arguments_of(request)
            call.token = token_of(request, call.arguments)
        except ApiError as error:
            return self._answer(call, error.body())
        fault = self.slack.faults.take(method)
        if fault is not None:
            await self.slack.clock.sleep(fault.delay)
            if fault.drop == "before":
                return cut(request)
            if refused := self._spoiled(call, fault):
                self.slack.changed()
                return refused
        response = self._attempt(call)
        self.slack.changed()
        return cut(request) if fault is not None and fault.drop == "after" else response

    def _attempt(self, called: Called) -> web.Response:
        try:
            return self._answer(called, {"ok": True, **self._perform(called)})
        except ApiError as error:
            return self._answer(called, error.body())
        except RateLimited as limited:
            return self._limited(called, limited.retry_after)

    def _perform(self, called: Called) -> Json:
        method = called.method
        if self.slack.faults.lacks(method) or not self.catalogue.knows(method, self.methods):
            raise ApiError("unknown_method", req_method=method)
        self.slack.expire_streams()
        workspace = self._authenticate(called)
        called.team_id = workspace.id if workspace else None
        self.limits.check(method, called.team_id or "", called.arguments)
        call = Call(method, called.arguments, self.slack, called.token, workspace)
        if workspace is not None and (scopes := self.catalogue.scopes(method)):
            call.need(*scopes)
        self.catalogue.check_arguments(method, called.arguments)
        if method not in self.methods:
            raise ApiError("not_in_this_fake", f"{method} exists in Slack, but the fake does not do it")
        return self.methods[method](call)

    def _authenticate(self, called: Called) -> Workspace | None:
        if called.method in WITHOUT_TOKEN:
            return None
        if not called.token:
            raise ApiError("not_authed")
        if called.token == self.slack.world.app.token:
            if called.method not in WITH_APP_TOKEN:
                raise ApiError("not_allowed_token_type")
            return None
        for workspace in self.slack.world.workspaces.values():
            if called.token == workspace.bot_token:
                if not workspace.installed:
                    raise ApiError("account_inactive")
                if workspace.expires_at is not None and self.slack.clock.now() > workspace.expires_at:
                    raise ApiError("token_expired")
                if called.method in WITH_APP_TOKEN:
                    raise ApiError("not_allowed_token_type")
                return workspace
        raise ApiError("invalid_auth")

    def _spoiled(self, called: Called, fault: Fault) -> web.Response | None:
        if fault.status == 429:
            return self._limited(called, fault.retry_after)
        if fault.status != 200:
            called.status, called.response = fault.status, None
            return web.Response(status=fault.status, text="<html><body>Something went wrong</body></html>")
        if fault.error:
            return self._answer(called, ApiError(fault.error).body())
        return None

    def _limited(self, called: Called, retry_after: int) -> web.Response:
        body = {"ok": False, "error": "ratelimited"}
        called.status, called.response = 429, body
        return web.json_response(body, status=429, headers={"Retry-After": str(retry_after)})

    def _answer(self, called: Called, body: Json) -> web.Response:
        called.status, called.response = 200, body
        headers = {"x-slack-req-id": f"{len(self.slack.calls):032x}"}
        workspace = self.slack.world.workspaces.get(called.team_id or "")
        if workspace is not None:
            headers["x-oauth-scopes"] = ",".join(sorted(workspace.scopes))
            headers["x-accepted-oauth-scopes"] = ",".join(self.catalogue.scopes(called.method))
        return web.json_response(body, headers=headers)


def cut(request: web.Request) -> web.Response:
    """Ends the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def token_of(request: web.Request, arguments: Json) -> str:
    """The bearer token, or the one among the arguments, which is taken out of them."""
    sent = arguments.pop("token", "")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else str(sent or "")


async def arguments_of(request: web.Request) -> Json:
    """The arguments from query, form and JSON together, on either verb."""
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise ApiError("invalid_json") from None
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        arguments |= body
    elif request.content_type == "application/x-www-form-urlencoded":
        arguments |= dict(parse_qsl(await request.text(), keep_blank_values=True))
    elif request.content_type == "multipart/form-data":
        arguments |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        client_id, _, secret = base64.b64decode(credentials).decode().partition(":")
        arguments |= {"client_id": client_id, "client_secret": secret}
    return arguments
