"""What could not be answered, over the API."""

import httpx

from core.types import Answer, Audience, Question, Session
from tests.fakes.saseo import Core
from tests.integration.http_asking import client, core

__all__ = ["client", "core"]


async def test_questions_without_an_answer_are_listed_by_channel(core: Core, client: httpx.AsyncClient) -> None:
    for name in ("C1", "C1/17.4", "C2"):
        asked = Question(f"slack:{name}", Session("slack", "T1", name), f"What of {name}?", Audience())
        await core.store.answers.record(asked, Answer("a", "", "not_found"))

    async def listed(**where: str) -> list[str]:
        return [row["question"] for row in (await client.get("/api/v1/gaps", params=where)).json()]

    assert await listed() == ["What of C2?", "What of C1/17.4?", "What of C1?"]
    assert await listed(limit="1") == ["What of C2?"]
    assert await listed(session="slack:T1:C1") == ["What of C1/17.4?", "What of C1?"]
    (row,) = (await client.get("/api/v1/gaps", params={"session": "slack:T1:C2"})).json()
    assert (row["id"], row["session"], row["asked_at"][:10]) == ("slack:C2", "slack:T1:C2", "2026-01-01")


async def test_a_channel_that_is_none_is_refused_with_how_to_name_one(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/gaps", params={"session": "C1"})
    assert answer.status_code == 422
    assert "slack:" in answer.json()["detail"]
