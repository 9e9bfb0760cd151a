"""A client of the HTTP API over a core in memory."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from adapters.http.api import create_app
from core.backends.memory_world import ScriptedModel
from tests.fakes.saseo import Core

LEAVE = {
    "content": "Full-time employees get 25 days of annual leave.",
    "metadata": {"source": "h1", "title": "Handbook"},
}
ASKED = "How many days of annual leave do full-time employees get?"
MEGABYTE = 1024 * 1024


def client_of(core: Core, **more: Any) -> httpx.AsyncClient:
    details: dict[str, Any] = {"version": "1", "token": None, "max_file_bytes": MEGABYTE, **more}
    app = create_app(core.saseo, **details)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest.fixture
async def core() -> Core:
    return Core(model=ScriptedModel("You get 25 days [1]."))


@pytest.fixture
async def client(core: Core) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(core) as client:
        yield client


async def stocked(client: httpx.AsyncClient, *documents: dict[str, Any]) -> list[str]:
    answer = await client.post("/api/v1/documents/", json={"documents": documents or [LEAVE]})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["document_ids"])


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events as (event, data)."""
    found = []
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found
