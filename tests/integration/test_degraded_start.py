"""What is away at the start is made up for once it is back, without another start."""

import asyncio
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import open_saseo
from core.ports import DocumentFilter
from tests.fakes.openai import FakeOpenAI
from tests.fakes.openai_faults import server_error
from tests.fakes.patience import PATIENCE


async def test_the_guide_is_read_later_where_the_embedding_model_is_away_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.wiring.AGAIN_SECONDS", 0.01)
    async with FakeOpenAI() as server:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            data_dir=tmp_path,
            openai_base_url=server.base_url,
            embedding_model="fake",
            embedding_dimension=64,
            max_retries=0,
        )
        server.faults.extend(server_error() for _ in range(2))
        async with open_saseo(settings) as saseo, asyncio.timeout(PATIENCE):
            while not (await saseo.catalogue.page(DocumentFilter(origin_prefix="guide:"))).total:
                await server.arrived.get()
    assert caplog.text.count("not everything is prepared yet") == 2
