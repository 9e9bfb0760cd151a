"""A small real server that speaks OpenAI's language. `python -m tests.fakes.openai --port 8081 --delay 2` runs it.

It scripts faults for single requests and keeps what it was sent, in the same process through its attributes and
from another one through `/control`: POST `/control/faults` a list of faults, POST `/control` settings
(`{"reply": "obey", "delay": 2}`), GET and DELETE `/control/requests`.
"""

import argparse
import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.fakes.openai_faults import Fault, error
from tests.fakes.openai_replies import REPLIES, Reply, cite
from tests.fakes.openai_wire import chunk, completion, event, pack, refusal, spoiled, usage, vector, vectors_body


@dataclass(slots=True, eq=False)
class Recorded:
    """A request that the server got. `outcome`: `` (not over), `answered`, `refused`, `broken`, `disconnected`."""

    path: str
    body: dict[str, Any]
    authorization: str
    outcome: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, outcome: str) -> None:
        self.outcome = outcome
        self.ended.set()


@dataclass(slots=True, eq=False)
class FakeOpenAI:
    """The server; `async with FakeOpenAI() as server` starts it on a free port of the loopback."""

    port: int = 0
    host: str = "127.0.0.1"
    reply: Reply = cite
    delay: float = 0.0
    """Seconds before the first piece of a reply."""
    pause: float = 0.0
    """Seconds between pieces."""
    usage: bool = True
    """Whether usage is told when it is asked for."""
    refuses: set[str] = field(default_factory=set)
    """Parameters that are refused, as a reasoning model or an old server does."""
    dimension: int = 1536
    """Length of the vectors where none is asked for."""
    knows_dimensions: bool = True
    """Whether `dimensions` is honoured."""
    knows_base64: bool = True
    """Whether vectors are packed when that is asked for."""
    spoil: str = ""
    """What is wrong with vectors: `few`, `short`, `ragged`, `none`, `nan`, `zero`, `text` or nothing."""
    faults: deque[Fault] = field(default_factory=deque)
    """Spoils the next requests, one each."""
    requests: deque[Recorded] = field(default_factory=lambda: deque(maxlen=1000))
    arrived: asyncio.Queue[Recorded] = field(default_factory=lambda: asyncio.Queue(maxsize=1000))
    """Every request as it comes in, for a test to wait for."""
    connections: int = 0
    """Requests that are being answered now."""
    most_connections: int = 0
    _runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}/v1"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [
                web.get("/v1/models", self._models),
                web.post("/v1/chat/completions", self._chat),
                web.post("/v1/embeddings", self._embeddings),
                web.post("/control", self._control),
                web.post("/control/faults", self._script),
                web.get("/control/requests", self._recorded),
                web.delete("/control/requests", self._forget),
            ]
        )
        # A handler is cancelled when its client goes away: so the server sees the disconnect at once.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _begin(self, request: web.Request) -> tuple[Recorded, Fault]:
        recorded = Recorded(request.path, await request.json(), request.headers.get("Authorization", ""))
        self.requests.append(recorded)
        if not self.arrived.full():
            self.arrived.put_nowait(recorded)
        return recorded, self.faults.popleft() if self.faults else self._refusal(recorded.body)

    def _refusal(self, body: dict[str, Any]) -> Fault:
        for name in sorted(self.refuses & body.keys()):
            message = f"Unsupported parameter: '{name}' is not supported with this model. Use another instead."
            return error(400, message, code="unsupported_parameter", param=name)
        return Fault()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        recorded, fault = await self._begin(request)
        self.connections += 1
        self.most_connections = max(self.most_connections, self.connections)
        try:
            await asyncio.sleep(fault.delay or (0 if fault.status else self.delay))
            if fault.status:
                recorded.end("refused")
                return refusal(fault)
            if not recorded.body.get("stream"):
                recorded.end("answered")
                return web.json_response(completion(recorded.body, "".join(self.reply(recorded.body["messages"]))))
            return await self._stream(request, recorded, fault)
        except (asyncio.CancelledError, ConnectionResetError):
            recorded.end("disconnected")
            raise
        finally:
            self.connections -= 1

    async def _stream(self, request: web.Request, recorded: Recorded, fault: Fault) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        body = recorded.body
        words = self.reply(body["messages"])
        sent: list[str] = []
        for number, word in enumerate(words):
            if fault.then and number == fault.after:
                break
            sent.append(word)
            await response.write(event(chunk(body, {"role": "assistant", "content": word})))
            await asyncio.sleep(self.pause)
        if fault.then:
            await go_wrong(request, response, fault)
            recorded.end("broken")
            return response
        await response.write(event(chunk(body, {}, finish_reason="stop")))
        if self.usage and body.get("stream_options", {}).get("include_usage"):
            await response.write(event(chunk(body, None, usage=usage(body, "".join(sent)))))
        await response.write(b"data: [DONE]\n\n")
        recorded.end("answered")
        return response

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        recorded, fault = await self._begin(request)
        try:
            await asyncio.sleep(fault.delay)
            if fault.then:
                assert request.transport is not None
                request.transport.abort()
        except asyncio.CancelledError:
            recorded.end("disconnected")
            raise
        if fault.status:
            recorded.end("refused")
            return refusal(fault)
        body = recorded.body
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        asked = body.get("dimensions") if self.knows_dimensions else None
        vectors = [vector(text, asked or self.dimension) for text in texts]
        packed = self.knows_base64 and body.get("encoding_format") == "base64" and not self.spoil
        rows = [pack(row) if packed else row.tolist() for row in vectors]
        recorded.end("answered")
        return web.Response(text=vectors_body(body, texts, spoiled(rows, self.spoil)), content_type="application/json")

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "fake", "object": "model", "owned_by": "tests"}]})

    async def _control(self, request: web.Request) -> web.Response:
        for name, value in (await request.json()).items():
            setattr(self, name, REPLIES[value] if name == "reply" else set(value) if name == "refuses" else value)
        return web.json_response({})

    async def _script(self, request: web.Request) -> web.Response:
        self.faults.extend(Fault(**fault) for fault in await request.json())
        return web.json_response({"waiting": len(self.faults)})

    async def _recorded(self, _: web.Request) -> web.Response:
        seen = [{"path": one.path, "body": one.body, "outcome": one.outcome} for one in self.requests]
        return web.json_response(seen)

    async def _forget(self, _: web.Request) -> web.Response:
        self.requests.clear()
        return web.json_response({})


async def go_wrong(request: web.Request, response: web.StreamResponse, fault: Fault) -> None:
    """Spoils a stream that has begun; nothing follows."""
    assert request.transport is not None
    if fault.then == "stall":
        await asyncio.Event().wait()
    while fault.then == "ping":
        await response.write(b": still here\n\n")
        await asyncio.sleep(0.05)
    if fault.then == "cut":
        request.transport.abort()
    elif fault.then != "end":
        await response.write(fault.then.encode())


async def serve(server: FakeOpenAI) -> None:
    async with server:
        print(f"listening on {server.base_url}", flush=True)  # noqa: T201 - a program tells where it listens
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before the first word")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between words")
    parser.add_argument("--reply", choices=sorted(REPLIES), default="cite")
    parser.add_argument("--dimension", type=int, default=1536)
    chosen = parser.parse_args()
    server = FakeOpenAI(
        port=chosen.port,
        host=chosen.host,
        reply=REPLIES[chosen.reply],
        delay=chosen.delay,
        pause=chosen.pause,
        dimension=chosen.dimension,
    )
    asyncio.run(serve(server))


if __name__ == "__main__":
    main()
