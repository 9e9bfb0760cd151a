"""The program with its real stores, in this process: serving, its desk, and an evaluation."""

import asyncio
import json
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.cli.serve import serve
from bot.desk import File, open_desk
from bot.doctor import examine
from bot.evaluation import evaluate_bot, load_dataset
from bot.lock import hold, holder
from bot.remote import RemoteDesk
from bot.settings import Settings
from core.errors import Refused
from core.types import PUBLIC, Answer, Audience
from tests.fakes.terminal import Recorder

TEXT = "Full-time employees get 25 days of annual leave."
ASKED = "How many days of annual leave do full-time employees get?"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return with_port(tmp_path / "data")


def with_port(directory: Path, **values: Any) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return Settings.model_validate({"data_dir": directory, "api_port": port, "api_token": "a-long-word", **values})


async def healthy(url: str) -> dict[str, Any]:
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=6), timeout=60) as client:
        answer: dict[str, Any] = (await client.get(f"{url}/health")).json()
        return answer


async def test_a_served_library_is_used_by_commands_until_a_signal_ends_it(settings: Settings, tmp_path: Path) -> None:
    recorder = Recorder()
    serving = asyncio.create_task(serve(settings, ("http", "scheduler"), recorder.terminal))
    url = f"http://127.0.0.1:{settings.api_port}"
    while "Look" not in recorder.out:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.05)
    assert (await healthy(url))["status"] == "healthy"
    (tmp_path / "leave.txt").write_text(TEXT, encoding="utf-8")
    async with open_desk(settings) as desk:
        assert isinstance(desk, RemoteDesk)
        taken = await desk.add_file(File(tmp_path / "leave.txt", "leave.txt"), scope=PUBLIC)
        parts = [part async for part in desk.answer(ASKED, conversation="c", audience=Audience.of(PUBLIC), locale="en")]
    answer = parts[-1]
    assert isinstance(answer, Answer)
    assert [source.document_id for source in answer.sources] == [taken.document_id]
    signal.raise_signal(signal.SIGTERM)
    await asyncio.wait_for(serving, timeout=60)
    assert holder(settings.data_dir) is None


async def test_without_a_running_process_the_library_itself_is_used(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "leave.txt").write_text(TEXT, encoding="utf-8")
    async with open_desk(settings) as desk:
        taken = await desk.add_file(File(tmp_path / "leave.txt", "leave.txt"), scope=PUBLIC)
    async with open_desk(settings) as desk:
        assert list(await desk.forget([taken.document_id])) == [taken.document_id]


async def test_a_held_library_without_an_api_is_not_opened_twice(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.desk.LOCK_PATIENCE", 0.01)
    with hold(settings.data_dir), pytest.raises(Refused) as refusal:
        async with open_desk(settings):
            pass
    assert refusal.value.code == "run.held"


async def test_the_doctor_opens_the_stores_and_asks_each(settings: Settings, tmp_path: Path) -> None:
    found = [finding async for finding in examine(settings, env_file=tmp_path / ".env")]
    assert {finding.level for finding in found} == {"good", "note"}
    services = {finding.details["name"] for finding in found if finding.code == "doctor.service_well"}
    assert {"catalogue", "vectors", "lexical"} <= services


async def test_a_set_is_evaluated_and_nothing_of_it_stays(settings: Settings, tmp_path: Path) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "corpus": [
            {"id": "leave", "text": TEXT},
            {"id": "dogs", "text": "Dogs are welcome."},
            {"id": "no", "text": " "},
        ],
        "queries": [{"id": "q", "text": ASKED, "answers": ["25 days"], "answer_type": "span"}],
        "qrels": [{"qid": "q", "docid": "leave", "score": 1}],
    }
    for name, lines in rows.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    data = load_dataset(tmp_path)
    stages: list[str] = []
    report = await evaluate_bot(
        settings, data, unanswerable=data, answers=True, step=lambda stage, *_: stages.append(stage)
    )
    assert (report["recall@1"], report["contain@1"], report["not_loaded"]) == (1.0, 1.0, 1)
    assert (report["answer_has_gold"], report["refused"], report["unanswerable_asked"]) == (1.0, 0, 1)
    assert stages == ["load"] * 3 + ["search", "answer", "answer"]
    assert not settings.data_dir.exists()
