"""What was asked as files for spreadsheets: whole, streamed, and without a formula anywhere."""

import csv
import io

import httpx
import pytest

from adapters.http.console import question_files
from adapters.http.insight import Insight
from core.pricing import Prices
from tests.fakes.saseo import Core
from tests.integration.asked import CONSOLE, OTHER, recorded, still
from tests.integration.consoles import client, core
from tests.integration.http_asking import client_of

__all__ = ["client", "core", "still"]

FILES = "/console/questions"


async def rows_of(client: httpx.AsyncClient, path: str) -> list[dict[str, str]]:
    answer = await client.get(f"{FILES}/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.text.startswith("\ufeff"), "spreadsheets take it for UTF-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


async def test_every_question_is_a_line(core: Core) -> None:
    name = await recorded(core, 'He said: "leave"?\nYes, 휴가')
    await core.store.answers.judge(name, helpful=False, by="U1", text="wrong")
    await core.store.answers.judge(name, helpful=True, by="U2", text="fine")
    await core.store.answers.doubt(name)
    async with client_of(core, insight=Insight(prices=Prices(1.0, 10.0))) as client:
        (row,) = await rows_of(client, "questions.csv")
    assert row == {
        "asked_at": "2026-03-10 12:00:00+00:00",
        "channel": "slack:T1:C1",
        "question": 'He said: "leave"?\nYes, 휴가',
        "answer": 'Answer to He said: "leave"?\nYes, 휴가',
        "outcome": "answered",
        "seconds": "1.5",
        "model": "gpt",
        "prompt_tokens": "1000",
        "completion_tokens": "100",
        "cost": "0.002",
        "revision": "doubtful",
        "revised_at": "2026-03-10 12:00:00+00:00",
        "helpful": "1",
        "unhelpful": "1",
        "opinions": "wrong\nfine",
        "id": name,
    }


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "  ="])
async def test_no_text_becomes_a_formula(core: Core, client: httpx.AsyncClient, beginning: str) -> None:
    text = f'{beginning}HYPERLINK("https://evil.example")'
    await core.store.answers.judge(await recorded(core, text), helpful=False, by="U1", text=text)
    (row,) = await rows_of(client, "questions.csv")
    assert row["question"] == row["opinions"] == f"'{text}"


async def test_strange_texts_and_unknown_values_are_written(core: Core, client: httpx.AsyncClient) -> None:
    await recorded(core, "half \ud800 a pair, a \0 zero", model=None)
    (row,) = await rows_of(client, "questions.csv")
    assert (row["question"], row["model"], row["cost"]) == ("half ? a pair, a \0 zero", "", "")


async def test_only_what_was_chosen_is_written(core: Core, client: httpx.AsyncClient) -> None:
    await recorded(core, "old", "not_found", days_ago=10)
    await recorded(core, "lunch", "not_found", session=OTHER)
    await recorded(core, "leave")
    chosen = {
        "questions.csv": ["leave", "lunch", "old"],
        "questions.csv?days=7": ["leave", "lunch"],
        "questions.csv?kind=not_found": ["lunch", "old"],
        "questions.csv?channel=slack:T1:C1": ["leave", "old"],
    }
    assert {path: [row["question"] for row in await rows_of(client, path)] for path in chosen} == chosen


async def test_many_questions_are_written_a_few_at_a_time_and_not_without_end(
    core: Core, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_files, "AT_ONCE", 2)
    monkeypatch.setattr(question_files, "MOST", 6)
    for number in range(5):
        await recorded(core, str(number))
    assert [row["question"] for row in await rows_of(client, "questions.csv")] == ["4", "3", "2", "1", "0"]
    for number in range(5, 9):
        await recorded(core, str(number))
    assert len(await rows_of(client, "questions.csv")) == 6


async def test_figures_of_every_day_and_channel_are_lines(
    core: Core, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_files, "AT_ONCE", 1)
    await recorded(core, "leave", days_ago=1)
    await recorded(core, "lunch", "not_found")
    await recorded(core, "lunch", session=CONSOLE)
    rows = await rows_of(client, "figures.csv")
    assert [(row["day"], row["channel"], row["questions"], row["not_found"]) for row in rows] == [
        ("2026-03-09", "slack:T1:C1", "1", "0"),
        ("2026-03-10", "http::console", "1", "0"),
        ("2026-03-10", "slack:T1:C1", "1", "1"),
    ]
    assert (rows[0]["mean_seconds"], rows[0]["prompt_tokens"], rows[0]["cost"]) == ("1.5", "1000", "")
    assert [row["channel"] for row in await rows_of(client, "figures.csv?days=1&channel=http::console")] == [
        "http::console"
    ]
