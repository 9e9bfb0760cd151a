"""Somebody who looks at the console over a core in memory."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from core.types import Scope
from tests.fakes.saseo import Core
from tests.integration.http_asking import client_of, core

__all__ = ["LEAVE", "PAGE", "TALK", "TEAM", "client", "core", "proof"]

LEAVE = "Full-time employees get 25 days of annual leave."
TEAM = Scope("workspace:slack:T1")
PAGE = {"Accept": "text/html"}
TALK = "0b5f2f3e-0000-4000-8000-000000000000"


@pytest.fixture
async def client(core: Core) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(core) as client:
        client.headers.update(PAGE)
        yield client


async def proof(client: httpx.AsyncClient) -> dict[str, str]:
    """What goes with a change of somebody who visits."""
    page = await client.get("/console/")
    found = re.search(r'data-proof="([^"]+)"', page.text)
    assert found is not None
    return {"X-Saseo-Proof": found[1]}
