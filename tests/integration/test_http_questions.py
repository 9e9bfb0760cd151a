"""What was asked, over the API: questions by page and kind, figures by day and channel, and texts that are hidden."""

import httpx
import pytest

from adapters.http.insight import Insight
from core.pricing import Prices
from core.review import TextReaders
from tests.fakes.saseo import Core
from tests.integration.asked import CONSOLE, OTHER, recorded, still
from tests.integration.http_asking import client, client_of, core

__all__ = ["client", "core", "still"]

QUESTIONS, FIGURES = "/api/v1/questions", "/api/v1/questions/figures"


async def listed(client: httpx.AsyncClient, **where: str | int) -> list[str]:
    answer = await client.get(QUESTIONS, params=where)
    assert answer.status_code == 200, answer.text
    return [row["question"] for row in answer.json()["questions"]]


async def test_questions_are_listed_by_kind_channel_and_days(core: Core, client: httpx.AsyncClient) -> None:
    await recorded(core, "old", days_ago=10)
    await recorded(core, "lunch", "not_found", session=OTHER)
    bad = await recorded(core, "parking", "quoted", session=CONSOLE)
    await core.store.answers.judge(bad, helpful=False, by="U1", text="wrong")
    stale = await recorded(core, "leave")
    await core.store.answers.doubt(stale)

    assert await listed(client) == ["leave", "parking", "lunch", "old"]
    assert await listed(client, outcome="not_found") == ["lunch"]
    assert await listed(client, opinion="unhelpful") == ["parking"]
    assert await listed(client, revision="doubtful") == ["leave"]
    assert await listed(client, channel="slack:T2:C9") == ["lunch"]
    assert await listed(client, channel="http::console") == ["parking"]
    assert await listed(client, days=7) == ["leave", "parking", "lunch"]


async def test_questions_come_in_pages(core: Core, client: httpx.AsyncClient) -> None:
    for number in range(3):
        await recorded(core, str(number))
    first = (await client.get(QUESTIONS, params={"limit": 2})).json()
    second = (await client.get(QUESTIONS, params={"limit": 2, "after": first["next"]})).json()
    assert [row["question"] for row in [*first["questions"], *second["questions"]]] == ["2", "1", "0"]
    assert second["next"] is None


@pytest.mark.parametrize("query", ["outcome=x", "opinion=x", "revision=x", "days=0", "days=184", "limit=0", "after=x"])
async def test_a_list_that_cannot_be_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{QUESTIONS}?{query}")).status_code == 422


async def test_a_question_has_all_that_is_known_of_it(core: Core) -> None:
    identity = await recorded(core, "leave", elapsed=2.5)
    await core.store.answers.judge(identity, helpful=True, by="U1", text="thanks")
    async with client_of(core, insight=Insight(prices=Prices(1.0, 10.0))) as client:
        (row,) = (await client.get(QUESTIONS)).json()["questions"]
    assert row.pop("asked_at") == "2026-03-10T12:00:00Z"
    assert row == {
        "id": identity,
        "channel": "slack:T1:C1",
        "question": "leave",
        "answer": "Answer to leave",
        "outcome": "answered",
        "seconds": 2.5,
        "model": "gpt",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "cost": 0.002,
        "revision": None,
        "revised_at": None,
        "opinions": [{"helpful": True, "text": "thanks"}],
    }


@pytest.mark.parametrize(("readers", "shown"), [("everyone", True), ("administrators", True), ("nobody", False)])
async def test_texts_are_for_those_who_may_read_them(core: Core, readers: TextReaders, shown: bool) -> None:
    identity = await recorded(core, "lunch", "not_found", alone=True)
    await core.store.answers.judge(identity, helpful=False, by="U1", text="wrong")
    async with client_of(core, insight=Insight(texts=readers)) as client:
        (row,) = (await client.get(QUESTIONS)).json()["questions"]
        (gap,) = (await client.get("/api/v1/gaps")).json()
    texts = [row["question"], row["answer"], row["opinions"][0]["text"], gap["question"]]
    assert texts == (["lunch", "Answer to lunch", "wrong", "lunch"] if shown else [None] * 4)


async def test_figures_are_those_of_each_day_and_channel(core: Core) -> None:
    for outcome in ("answered", "not_found", "not_found"):
        await recorded(core, "leave", outcome)
    await recorded(core, "leave", session=OTHER)
    await recorded(core, "before", days_ago=3)
    async with client_of(core, insight=Insight(prices=Prices(1.0, 10.0))) as client:
        found = (await client.get(FIGURES, params={"days": 1})).json()
        narrowed = (await client.get(FIGURES, params={"days": 183, "channel": "slack:T2:C9"})).json()
    first, second = found["days"]
    assert (first["channel"], first["questions"], first["not_found"], first["answered"]) == ("slack:T1:C1", 3, 2, 1)
    assert (second["channel"], second["questions"], second["cost"]) == ("slack:T2:C9", 1, 0.002)
    assert (first["day"], first["prompt_tokens"], first["mean_seconds"]) == ("2026-03-10", 3000, 1.5)
    assert 1.4 <= first["median_seconds"] <= first["p95_seconds"] <= 2.0
    assert (found["total"]["questions"], found["total"]["cost"]) == (4, 0.008)
    assert narrowed["total"]["questions"] == 1


async def test_days_begin_where_somebody_looks_from(core: Core, client: httpx.AsyncClient) -> None:
    for offset, since in ((0, "2026-03-10T00:00:00Z"), (540, "2026-03-09T15:00:00Z"), (780, "2026-03-10T11:00:00Z")):
        found = (await client.get(FIGURES, params={"days": 1, "offset": offset})).json()
        assert found["since"] == since
    assert (found["days"], found["total"]["mean_seconds"], found["total"]["cost"]) == ([], None, None)
    assert (await client.get(FIGURES, params={"offset": 841})).status_code == 422
