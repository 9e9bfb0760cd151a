"""While the store cannot keep what was done, people are told later, once, on every platform."""

from collections.abc import Mapping
from typing import Any

import pytest

from core.errors import Unavailable
from tests.integration.conformance import PLATFORMS, on, quiet, told
from tests.integration.people import NOTHING, documents, share
from tests.integration.slack_running import LEAVE, knowing


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_what_was_read_is_told_when_the_store_is_back(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.ending.PAUSE", 0.01)
    core = await knowing(text=NOTHING)
    written, failures = core.store.inbox.written, iter(range(3))

    async def away(name: str, answer: Mapping[str, Any]) -> None:
        if next(failures, None) is not None:
            raise Unavailable("store.away")
        await written(name, answer)

    core.store.inbox.written = away  # type: ignore[method-assign, assignment]
    async with on(platform, core) as there, there.running():
        share(there, "handbook.txt", LEAVE, there.hidden())
        await told(there, "handbook.txt")
        await quiet(there)
        assert next(failures, None) is None
        assert len(there.answers()) == 1
        assert [one.title for one in await documents(core)] == ["handbook.txt"]
