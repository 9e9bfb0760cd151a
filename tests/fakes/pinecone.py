"""A small real server that speaks Pinecone's REST: control plane and data plane, in the version of the SDK.

Requests are checked against the SDK's own OpenAPI models and Pinecone's documented limits. What was written becomes
visible only after `lag` reads of its namespace, so that eventual consistency needs no clock.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from aiohttp import web

from tests.fakes.pinecone_namespace import Namespace, Wrong
from tests.fakes.pinecone_wire import (
    BATCH,
    DELETED,
    LISTED,
    REQUEST_BYTES,
    RESULT_BYTES,
    VERSION,
    checked,
    checked_vector,
    description,
    refusal,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Spoils one request: it is refused with a status, or cut off with none."""

    status: int = 0
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    stall: bool = False
    """Whether nothing is answered for as long as the client waits."""
    path: str = ""
    """Only requests whose path begins so."""
    spared: int = 0
    """So many of them go well first."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request that the server got."""

    path: str
    body: Mapping[str, Any]


@dataclass(slots=True, eq=False)
class FakePinecone:
    """The server; `async with FakePinecone() as server` starts it on a free port of the loopback."""

    key: str = "pcsk_secret"
    index: str = "documents"
    dimension: int = 8
    metric: str = "dotproduct"
    ready: bool = True
    lag: int = 0
    """Reads of a namespace that do not see a write yet."""
    tells_lsn: bool = True
    """Whether writes and queries tell their place in the log, as serverless indexes do."""
    faults: deque[Fault] = field(default_factory=deque)
    requests: deque[Recorded] = field(default_factory=lambda: deque(maxlen=10_000))
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self._guarded])
        app.add_routes(
            [
                web.get("/indexes", self._indexes),
                web.get("/indexes/{name}", self._described),
                web.post("/vectors/upsert", self._upsert),
                web.post("/vectors/update", self._update),
                web.post("/vectors/delete", self._delete),
                web.get("/vectors/fetch", self._fetch),
                web.get("/vectors/list", self._list),
                web.post("/query", self._query),
                web.post("/describe_index_stats", self._stats),
            ]
        )
        # A client that gave up is no longer answered.
        self._runner = web.AppRunner(app, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path for request in self.requests]

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        raw = await request.read()
        self.requests.append(Recorded(request.path, json.loads(raw) if raw else dict(request.query)))
        if self.faults and request.path.startswith(self.faults[0].path):
            fault = self.faults.popleft()
            if not fault.spared:
                return await _spoiled(request, fault)
            self.faults.appendleft(replace(fault, spared=fault.spared - 1))
        if request.headers.get("Api-Key") != self.key:
            return web.Response(status=401, text="Invalid API key")
        if request.headers.get("X-Pinecone-API-Version") != VERSION:
            return refusal(f"only version {VERSION} is spoken here")
        if len(raw) > REQUEST_BYTES:
            return refusal(f"Request size {len(raw)} exceeds the limit")
        try:
            return await handler(request)
        except Wrong as wrong:
            return refusal(str(wrong))

    async def _indexes(self, request: web.Request) -> web.Response:
        return web.json_response({"indexes": [self._model(request)]})

    async def _described(self, request: web.Request) -> web.Response:
        if request.match_info["name"] != self.index:
            error = {"code": "NOT_FOUND", "message": "Resource not found"}
            return web.json_response({"error": error, "status": 404}, status=404)
        return web.json_response(self._model(request))

    def _model(self, request: web.Request) -> dict[str, Any]:
        return description(
            self.index, dimension=self.dimension, metric=self.metric, host=request.host, ready=self.ready
        )

    async def _upsert(self, request: web.Request) -> web.Response:
        body = checked("UpsertRequest", await request.json())
        vectors = body["vectors"]
        if not 1 <= len(vectors) <= BATCH:
            raise Wrong(f"{len(vectors)} vectors in one request")
        for vector in vectors:
            checked_vector(vector, self.dimension)
        name = body.get("namespace", "")
        space = self.namespaces.setdefault(name, Namespace())
        place = space.write(lambda records: records.update({one["id"]: one for one in vectors}), lag=self.lag)
        return self._told({"upsertedCount": len(vectors)}, {"x-pinecone-request-lsn": place})

    async def _update(self, request: web.Request) -> web.Response:
        body = checked("UpdateRequest", await request.json())
        place = self._existing(body).write(lambda records: _updated(records, body), lag=self.lag)
        return self._told({}, {"x-pinecone-request-lsn": place})

    async def _delete(self, request: web.Request) -> web.Response:
        body = checked("DeleteRequest", await request.json())
        if "filter" in body:
            raise Wrong("Serverless and Starter indexes do not support deleting with metadata filtering")
        if len(body.get("ids", ())) > DELETED:
            raise Wrong("too many ids")
        if body.get("namespace", "") not in self.namespaces:
            return web.json_response({"code": 5, "message": "Namespace not found", "details": []}, status=404)
        gone = None if body.get("deleteAll") else set(body["ids"])
        place = self._existing(body).write(lambda records: _deleted(records, gone), lag=self.lag)
        return self._told({}, {"x-pinecone-request-lsn": place})

    async def _fetch(self, request: web.Request) -> web.Response:
        name = request.query.get("namespace", "")
        records = self._read(name)
        found = {id_: records[id_] for id_ in request.query.getall("ids") if id_ in records}
        return self._told({"vectors": found, "namespace": name, "usage": {"readUnits": 1}})

    async def _list(self, request: web.Request) -> web.Response:
        name, prefix = request.query.get("namespace", ""), request.query.get("prefix", "")
        limit, after = int(request.query.get("limit", LISTED)), request.query.get("paginationToken", "")
        if not 1 <= limit <= LISTED:
            raise Wrong(f"limit {limit}")
        ids = sorted(id_ for id_ in self._read(name) if id_.startswith(prefix) and id_ > after)
        body: dict[str, Any] = {"vectors": [{"id": id_} for id_ in ids[:limit]], "namespace": name}
        if len(ids) > limit:
            body["pagination"] = {"next": ids[limit - 1]}
        return self._told({**body, "usage": {"readUnits": 1}})

    async def _query(self, request: web.Request) -> web.Response:
        body = checked("QueryRequest", await request.json())
        name = body.get("namespace", "")
        if len(body["vector"]) != self.dimension:
            raise Wrong("the vector has another dimension than the index")
        self._read(name)
        space = self.namespaces.get(name, Namespace())
        matches = space.nearest(body, self.metric)
        answer = {"matches": matches, "namespace": name, "usage": {"readUnits": 5}}
        if len(json.dumps(answer)) > RESULT_BYTES:
            raise Wrong("Query result size exceeds 4MB limit")
        return self._told(answer, {"x-pinecone-max-indexed-lsn": space.indexed})

    async def _stats(self, request: web.Request) -> web.Response:
        checked("DescribeIndexStatsRequest", await request.json() if request.can_read_body else {})
        counts = {name: len(self._read(name)) for name in self.namespaces}
        return self._told(
            {
                "namespaces": {name: {"vectorCount": count} for name, count in counts.items() if count},
                "dimension": self.dimension,
                "indexFullness": 0,
                "totalVectorCount": sum(counts.values()),
                "metric": self.metric,
                "vectorType": "dense",
            }
        )

    def _existing(self, body: Mapping[str, Any]) -> Namespace:
        return self.namespaces.setdefault(body.get("namespace", ""), Namespace())

    def _read(self, name: str) -> dict[str, dict[str, Any]]:
        return self.namespaces[name].read() if name in self.namespaces else {}

    def _told(self, body: Mapping[str, Any], places: Mapping[str, int] | None = None) -> web.Response:
        headers = {name: str(place) for name, place in (places or {}).items()} if self.tells_lsn else {}
        return web.json_response(body, headers=headers)


async def _spoiled(request: web.Request, fault: Fault) -> web.Response:
    if fault.stall:
        await asyncio.Event().wait()
    if not fault.status and request.transport is not None:
        request.transport.abort()
    return web.Response(status=fault.status or 500, text=fault.body, headers=fault.headers)


def _updated(records: dict[str, dict[str, Any]], body: Mapping[str, Any]) -> None:
    if body["id"] in records:
        one = records[body["id"]]
        metadata = {**one.get("metadata", {}), **body.get("setMetadata", {})}
        records[body["id"]] = {**one, "values": body.get("values", one["values"]), "metadata": metadata}


def _deleted(records: dict[str, dict[str, Any]], ids: set[str] | None) -> None:
    for id_ in list(records) if ids is None else ids & records.keys():
        del records[id_]
