"""REST: finds the route, checks token, limits and form, spoils what is to be spoiled, and records the call."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.faults import Fault
from tests.fakes.discord.limits import Limited
from tests.fakes.discord.stage import PREFIX, Called

if TYPE_CHECKING:
    from tests.fakes.discord.interacting import Interacting
    from tests.fakes.discord.state import User

OPEN = ("/interactions", "/webhooks", "/oauth2/token")
"""Routes whose token stands in the path or in the form."""
FOR_PEOPLE = {"GET /users/@me": "identify", "GET /users/@me/guilds": "guilds"}
"""Routes that a person's token opens, by the scope that it takes."""
VIA = {"Via": "1.1 google"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request; `field` is `files[0]` and so on."""

    field: str
    filename: str
    data: bytes
    content_type: str


@dataclass(slots=True)
class Ask:
    """A request as a route gets it."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    media_type: str = ""
    files: list[Upload] = field(default_factory=list)
    broken: bool = False
    """The body is no JSON."""
    person: "User | None" = None
    """Whose token it is; None: the bot's own."""

    @property
    def form(self) -> dict[str, Any]:
        return self.body if isinstance(self.body, dict) else {}

    def asked(self, name: str) -> bool:
        """Whether a yes-or-no parameter of the query says yes."""
        return self.query.get(name, "").lower() in ("1", "true")


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what is told; 204 without a body."""

    body: Any = None
    status: int = 200


NOTHING = Answer(status=204)
Handler = Callable[["Interacting", Ask], Answer]


class Rest:
    """Serves the routes that are given, by `METHOD /template`."""

    def __init__(self, discord: "Interacting", routes: Mapping[str, Handler]) -> None:
        self.discord = discord
        self.routes = routes

    def table(self) -> list[web.RouteDef]:
        found = []
        for route, handler in self.routes.items():
            method, _, template = route.partition(" ")
            found.append(web.route(method, PREFIX + template, self._served(route, handler)))
        return [*found, web.route("*", PREFIX + "/{rest:.*}", self._unknown)]

    def _served(self, route: str, handler: Handler) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            started = time.perf_counter()
            token = request.headers.get("Authorization", "")
            called = Called(route, dict(request.match_info), dict(request.query), None, self.discord.clock.now(), token)
            self.discord.calls.append(called)
            try:
                return await self._serve(request, handler, called)
            finally:
                called.took = time.perf_counter() - started
                self.discord.changed()

        return serve

    async def _serve(self, request: web.Request, handler: Handler, called: Called) -> web.StreamResponse:
        ask = await self._read(request)
        called.body = ask.body
        fault = self.discord.faults.take(called.route)
        if fault is not None:
            await self.discord.clock.sleep(fault.delay)
            if fault.drop == "before":
                return _cut(request)
            if fault.status:
                called.status = fault.status
                return _spoiled(fault)
        headers: dict[str, str] = {}
        try:
            ask.person = self._authenticate(called)
            headers = self.discord.limits.check(called.route, ask.path)
            answer = self._carried_out(handler, called, ask)
        except DiscordError as error:
            answer = Answer(error.body, error.status)
        except Limited as limited:
            headers = dict(limited.headers) | {"Retry-After": str(int(limited.retry_after + 1))}
            answer = Answer(limited.body, 429)
        self._check_answer(called, answer)
        if fault is not None:
            await self.discord.clock.sleep(fault.delay_after)
            if fault.drop == "after":
                return _cut(request)
        called.status, called.response = answer.status, answer.body
        return _respond(answer, headers)

    async def _read(self, request: web.Request) -> Ask:
        path = {name: value for name, value in request.match_info.items() if name != "rest"}
        ask = Ask(path, dict(request.query), media_type=request.content_type if request.can_read_body else "")
        if request.content_type == "multipart/form-data":
            form = await request.post()
            for name, part in form.items():
                if isinstance(part, web.FileField):
                    ask.files.append(Upload(name, part.filename, part.file.read(), part.content_type))
                elif name == "payload_json":
                    ask.body = json.loads(str(part))
            ask.body = {} if ask.body is None else ask.body
        elif request.content_type == "application/x-www-form-urlencoded":
            ask.body = dict(parse_qsl(await request.text()))
        elif request.can_read_body and (data := await request.read()):
            try:
                ask.body = json.loads(data)
            except ValueError:
                ask.broken = True
        return ask

    def _carried_out(self, handler: Handler, called: Called, ask: Ask) -> Answer:
        """What the route answers; a form that it cannot even read is an invalid one."""
        if ask.broken:
            raise DiscordError(50109)
        wrong = self._check_request(called, ask)
        self.discord.violations += [f"{called.route}: request: {one}" for one in wrong]
        try:
            return handler(self.discord, ask)
        except (DiscordError, Limited):
            raise
        except Exception as error:
            if wrong:
                raise DiscordError(50035) from error
            self.discord.violations.append(f"{called.route}: the fake failed with {error!r}")
            raise

    def _authenticate(self, called: Called) -> "User | None":
        template = called.route.partition(" ")[2]
        bearer = self.discord.bearers.get(called.token.removeprefix("Bearer "))
        if bearer is not None and FOR_PEOPLE.get(called.route) in bearer.scopes:
            return bearer.user
        if not template.startswith(OPEN) and called.token != f"Bot {self.discord.token}":
            raise DiscordError(0)
        return None

    def _check_request(self, called: Called, ask: Ask) -> list[str]:
        description = self.discord.description
        method, _, template = called.route.partition(" ")
        if description is None or not description.knows(method, template):
            return []
        return description.wrong_request(
            method,
            template,
            body=ask.body,
            media_type=ask.media_type,
            query=dict(ask.query),
            path=dict(ask.path),
        )

    def _check_answer(self, called: Called, answer: Answer) -> None:
        description = self.discord.description
        method, _, template = called.route.partition(" ")
        if description is None or not description.knows(method, template):
            return
        wrong = description.wrong_answer(method, template, status=answer.status, body=answer.body)
        self.discord.violations += [f"{called.route}: answer {answer.status}: {one}" for one in wrong]

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        """A route that the fake lacks, which a test should hear of."""
        self.discord.violations.append(f"{request.method} {request.path}: the fake has no such route")
        return _respond(Answer({"message": "404: Not Found", "code": 0}, 404), {})


def _respond(answer: Answer, headers: Mapping[str, str]) -> web.Response:
    """Exactly `application/json`: some clients read anything else as plain text."""
    if answer.body is None:
        return web.Response(status=answer.status, headers={**VIA, **headers})
    data = json.dumps(answer.body, ensure_ascii=False).encode()
    told = {**VIA, **headers, "Content-Type": "application/json"}
    return web.Response(status=answer.status, body=data, headers=told)


def _spoiled(fault: Fault) -> web.Response:
    """The answer that a fault asks for."""
    if fault.status == 429 and not fault.via:
        return web.Response(status=429, text="error code: 1015", headers={"Retry-After": str(int(fault.retry_after))})
    if fault.status == 429:
        body = {"message": "You are being rate limited.", "retry_after": fault.retry_after, "global": fault.is_global}
        scope = "global" if fault.is_global else "shared"
        headers = {"Retry-After": str(int(fault.retry_after + 1)), "X-RateLimit-Scope": scope}
        headers |= {"X-RateLimit-Global": "true"} if fault.is_global else {}
        return _respond(Answer(body | {"code": fault.code}, 429), headers)
    message = f"{fault.status}: spoiled by a test"
    return _respond(Answer({"message": message, "code": fault.code}, fault.status), {})


def _cut(request: web.Request) -> web.StreamResponse:
    """Ends the connection without a word."""
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return web.Response(status=500)
