"""The program from outside: start, ask, hand in, crash, start again."""

import json
import re
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.e2e.program import Place, Running

TEXT = "Full-time employees get 25 days of annual leave. Interns get 12 days of annual leave."
ASKED = "How many days of annual leave do full-time employees get?"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "leave.txt").write_text(TEXT, encoding="utf-8")
    return Place(tmp_path)


def titles(place: Place) -> list[str]:
    listed = place.saseo("sources", "--json")
    assert listed.returncode == 0, listed.stderr
    return [document["metadata"]["source"] for document in json.loads(listed.stdout)]


def test_a_session_with_the_program(place: Place) -> None:
    with Running(place) as running:
        running.healthy()
        lines = running.said.splitlines()
        assert [line[:5] for line in lines] == ["On:  ", "Off: ", "Look:"]
        assert place.url in lines[2]

        taken = place.saseo("ingest", "leave.txt")
        assert (taken.returncode, taken.stdout.startswith("added      leave.txt")) == (0, True), taken.stderr

        answer = place.saseo("ask", ASKED)
        assert answer.returncode == 0, answer.stderr
        assert "25 days" in answer.stdout
        assert re.search(r"^\[1\] leave", answer.stdout, flags=re.MULTILINE)

        talk = place.saseo("chat", given=f"{ASKED}\nAnd for interns?\n/quit\n")
        assert talk.returncode == 0, talk.stderr
        assert "12 days" in talk.stdout

        second = place.saseo("run")
        assert second.returncode == 2
        assert str(running.process.pid) in second.stderr
        assert place.url in second.stderr
        assert len(second.stderr.splitlines()) == 1

        assert running.end() == 0
    assert "Traceback" not in running.logged
    assert titles(place) == ["leave.txt"]


def test_after_a_crash_the_next_start_knows_what_was_taken_in(place: Place) -> None:
    with Running(place) as running:
        running.healthy()
        assert place.saseo("ingest", "leave.txt").returncode == 0
        assert running.end(signal.SIGKILL) == -signal.SIGKILL
    with Running(place) as running:
        running.healthy()
        found = httpx.post(f"{place.url}/api/v1/documents/search", json={"question": ASKED}, timeout=60).json()
        assert [source["content"] for source in found["sources"]] == [TEXT]
        assert titles(place) == ["leave.txt"]
        assert running.end(signal.SIGINT) == 0


def test_commands_work_without_a_running_program(place: Place) -> None:
    taken = place.saseo("ingest", "leave.txt", "gone.txt")
    assert taken.returncode == 1
    assert "added      leave.txt" in taken.stdout
    assert "refused    gone.txt" in taken.stdout
    again = place.saseo("ingest", "--reindex", "leave.txt")
    assert again.returncode == 0, again.stderr
    assert "unchanged  leave.txt" in again.stdout
    answer = place.saseo("ask", ASKED)
    assert "25 days" in answer.stdout, answer.stderr
    health = place.saseo("doctor")
    assert health.returncode == 0, health.stdout
    assert "vectors works." in health.stdout


@pytest.mark.parametrize(
    ("asked", "source"),
    [("How do I connect Slack?", "Connect Slack"), ("슬랙은 어떻게 연결하나요?", "사서 한국어 안내")],
)
def test_a_fresh_program_answers_from_its_own_guide(place: Place, asked: str, source: str) -> None:
    answer = place.saseo("ask", asked)
    assert answer.returncode == 0, answer.stderr
    assert "SLACK_BOT_TOKEN" in answer.stdout
    assert re.search(rf"^\[1\] {source}", answer.stdout, flags=re.MULTILINE)


def test_a_set_of_questions_is_evaluated_in_a_library_of_its_own(place: Place) -> None:
    folder = place.folder / "set"
    folder.mkdir()
    rows: dict[str, list[dict[str, object]]] = {
        "corpus": [{"id": "leave", "text": TEXT}, {"id": "dogs", "text": "Dogs are welcome in the office on Fridays."}],
        "queries": [{"id": "q", "text": ASKED, "answers": ["25 days"], "answer_type": "span"}],
        "qrels": [{"qid": "q", "docid": "leave", "score": 1}],
    }
    for name, lines in rows.items():
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    done = place.saseo("eval", "set", "--answers", "--unanswerable", "set", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["recall@1"], report["contain@1"], report["corpus"], report["not_loaded"]) == (1.0, 1.0, 2, 0)
    assert (report["answer_has_gold"], report["refused"], report["asked"]) == (1.0, 0, 1)
    assert not (place.folder / "data" / "saseo.db").exists()


def test_a_taken_port_is_one_sentence_and_exit_code_2(place: Place) -> None:
    with socket.create_server(("127.0.0.1", place.port)):
        done = place.saseo("run", "--only", "http")
        doctor = place.saseo("doctor")
    assert done.returncode == 2
    assert str(place.port) in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert doctor.returncode == 1
    assert f"Port {place.port}" in doctor.stdout


def test_a_wrong_setting_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("API_TOKEN=top secret\n", encoding="utf-8")
    done = Place(tmp_path).saseo("run")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"API_TOKEN must be .*\n", done.stderr)
    assert "top" not in done.stderr


def test_every_log_line_is_json_with_a_request_id(tmp_path: Path) -> None:
    place = Place(tmp_path, LOG_JSON="true", LOG_LEVEL="DEBUG", LOG_FILE=str(tmp_path / "logs" / "saseo.log"))
    with Running(place) as running:
        running.healthy()
        request_id = httpx.get(f"{place.url}/api/v1/nowhere", timeout=60).headers["X-Request-ID"]
        assert running.end() == 0
    lines = [json.loads(line) for line in running.logged.splitlines()]
    assert lines
    assert all(line["request_id"] and line["timestamp"] and line["level"] for line in lines)
    assert request_id
    assert len((tmp_path / "logs" / "saseo.log").read_text(encoding="utf-8").splitlines()) == len(lines)


def test_a_program_without_an_api_says_so_and_makes_commands_wait_their_turn(place: Place) -> None:
    with Running(place, "--only", "scheduler") as running:
        assert "no API in this process" in running.greeted()[2]
        done = place.saseo("sources")
        assert done.returncode == 2
        assert str(running.process.pid) in done.stderr
        assert running.end() == 0
