"""The program as it is put together reads Notion pages, with its own reader, indexes and models."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpcore
import pytest

from bot.settings import Settings
from bot.wiring import open_saseo
from core.backends.web import network
from core.types import PUBLIC, Audience, Question, Session
from tests.fakes.network import PUBLIC_ADDRESS, Connector
from tests.fakes.notion import Notion, bare, uuid
from tests.fakes.site import CERTIFICATE, Site
from tests.integration.noting import ADDRESS, LEAVE, SHARED, handbook


def _trusting() -> ssl.SSLContext:
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    trusting.check_hostname = False
    return trusting


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The whole web: every name has a public address, and every connection to one ends here."""
    async with Site(tls=True) as site:
        monkeypatch.setattr(network, "_look_up", lambda host, port: [PUBLIC_ADDRESS])
        detour = Connector(detour=site.port)
        monkeypatch.setattr(httpcore, "AnyIOBackend", lambda: detour)
        monkeypatch.setattr(httpcore, "default_ssl_context", _trusting)
        yield site


async def test_a_notion_page_becomes_knowledge(site: Site, tmp_path: Path) -> None:
    notion = Notion(site, *handbook())
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    async with open_saseo(settings) as saseo:
        added = await saseo.library.add_link(SHARED)
        asked = Question("1", Session("test", "", "1"), "How many days of leave are there a year?", Audience.of(PUBLIC))
        answer = await saseo.chat.ask(asked)
        assert LEAVE in answer.text
        assert (answer.sources[0].title, answer.sources[0].url) == ("Handbook", f"{ADDRESS}#{bare(2)}")
        assert not (await saseo.library.refresh(added.document)).changed
        notion.blocks[uuid(3)]["properties"]["title"] = [["Leave is 30 days a year for everybody."]]
        assert (await saseo.library.refresh(added.document)).changed
