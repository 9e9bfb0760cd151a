"""Notion as its public pages ask it, on a site of these tests: chunks, missing blocks, databases, and its refusals.

The shapes are those of `loadCachedPageChunkV2`, `syncRecordValuesMain` and `queryCollection` as projects that read
public pages describe them (the `notion-types` and `notion-client` packages of react-notion-x, and readers of
`notion.site` pages of the year 2026); the pages are made up.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import web

from tests.fakes.site import Site

SPACE = "2c820bf0-f79c-458e-af19-33ce31468cc0"
MOST = 100
"""Blocks that Notion answers for at once."""

Json = dict[str, Any]


def uuid(number: int) -> str:
    """The id of the block with this number, as Notion's answers spell it."""
    digits = bare(number)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def bare(number: int) -> str:
    """The same as links spell it."""
    return f"{0xABCDEF00000000000000000000000000 + number:032x}"


def block(number: int, kind: str, text: object = None, *children: int, **further: Any) -> Json:
    """A block: `text` is a string or Notion's segments; `further` are its properties, or fields that end with `_`."""
    title = [[text]] if isinstance(text, str) else text
    properties = {"title": title} if title is not None else {}
    fields = {name[:-1]: value for name, value in further.items() if name.endswith("_")}
    properties |= {name: value for name, value in further.items() if not name.endswith("_")}
    return {
        "id": uuid(number),
        "version": number,
        "type": kind,
        "properties": properties,
        "content": [uuid(child) for child in children],
        "last_edited_time": 1_700_000_000_000 + number,
        "alive": True,
        "space_id": SPACE,
        **fields,
    }


def record(value: Json, *, role: str = "reader") -> Json:
    """How Notion wraps a value since 2026."""
    return {"spaceId": SPACE, "value": {"value": value, "role": role}}


def record_map(*blocks: Json, **tables: Json) -> Json:
    """An answer with these blocks."""
    return {"recordMap": {"__version__": 3, "block": {one["id"]: record(one) for one in blocks}, **tables}}


class Notion:
    """Answers at a site, whatever its host, as Notion does."""

    def __init__(self, site: Site, *blocks: Json) -> None:
        self.blocks = {one["id"]: one for one in blocks}
        self.tables: Json = {}
        self.rows: dict[str, list[int]] = {}
        """Rows of a database by its id."""
        self.private: set[str] = set()
        self.left_out: set[str] = set()
        """Blocks that no chunk brings."""
        self.unknown: set[str] = set()
        """Blocks that nothing brings."""
        self.refusals: dict[str, web.Response] = {}
        """What a question is answered with instead, by its name."""
        self.moved: dict[str, str] = {}
        """Hosts that pass questions on to others."""
        self.asked: list[tuple[str, Json]] = []
        for name in ("loadCachedPageChunkV2", "syncRecordValuesMain", "queryCollection"):
            site.handlers[f"/api/v3/{name}"] = self._answer

    @property
    def names(self) -> list[str]:
        """What was asked for, in order."""
        return [name for name, _ in self.asked]

    def private_page(self, number: int) -> None:
        """Takes a page back from the web."""
        self.private.add(uuid(number))

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        if request.method != "POST" or not request.headers.get("User-Agent"):
            return web.Response(status=403)
        if request.headers.get("Content-Type") != "application/json":
            return web.json_response({"name": "ValidationError"}, status=400)
        if (host := self.moved.get(request.headers["Host"])) is not None:
            return web.Response(status=308, headers={"Location": f"https://{host}{request.path_qs}"})
        question = await request.json()
        self.asked.append((name, question))
        if name in self.refusals:
            told = self.refusals[name]
            return web.Response(status=told.status, headers=told.headers, body=told.body)
        answers = {
            "loadCachedPageChunkV2": self._chunk,
            "syncRecordValuesMain": self._records,
            "queryCollection": self._database,
        }
        return answers[name](question)

    def _chunk(self, question: Json) -> web.Response:
        page, limit, stack = question["page"]["id"], question["limit"], question["cursor"]["stack"]
        if limit > MOST:
            return web.json_response({"errorId": "x", "name": "ValidationError"}, status=400)
        if page in self.private or page not in self.blocks:
            return web.json_response({"recordMap": {"__version__": 3}, "cursors": []})
        whole = [one for one in self._below(page) if one not in self.left_out | self.unknown]
        first = stack[0][0]["index"] if stack else 0
        after = first + limit
        more = [{"stack": [[{"table": "block", "id": page, "index": after, "spaceId": SPACE}]]}]
        shown = {one: record(self.blocks[one]) for one in (page, *whole[first:after])}
        return web.json_response(
            {"recordMap": {"block": shown, **self.tables}, "cursors": more if after < len(whole) else []}
        )

    def _below(self, page: str) -> Iterator[str]:
        for one in self.blocks[page]["content"]:
            if one in self.blocks:
                yield one
                if self.blocks[one]["type"] not in ("page", "collection_view", "collection_view_page"):
                    yield from self._below(one)

    def _records(self, question: Json) -> web.Response:
        if len(question["requests"]) > MOST:
            return web.json_response({"name": "ValidationError"}, status=400)
        shown: Json = {}
        for request in question["requests"]:
            pointer: Mapping[str, str] = request["pointer"]
            one = pointer["id"]
            if one in self.private:
                shown[one] = {"role": "none"}
            elif one in self.blocks and one not in self.unknown and pointer["spaceId"] == SPACE:
                shown[one] = record(self.blocks[one])
        return web.json_response({"recordMap": {"block": shown}})

    def _database(self, question: Json) -> web.Response:
        rows = [uuid(one) for one in self.rows[question["source"]["id"]]]
        limit = question["loader"]["reducers"]["collection_group_results"]["limit"]
        found = {"type": "results", "blockIds": rows[:limit], "hasMore": len(rows) > limit}
        return web.json_response(
            {
                "result": {"type": "reducer", "reducerResults": {"collection_group_results": found}},
                "recordMap": {"block": {one: record(self.blocks[one]) for one in rows[:limit]}},
            }
        )


def refused(status: int, **headers: str) -> web.Response:
    """An answer that is none; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, headers=named, body=json.dumps({"errorId": "x"}).encode())
