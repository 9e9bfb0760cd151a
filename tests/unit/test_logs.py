"""Logs: one line an event, with a request id, and without secrets."""

import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.logs import CHATTY, redact, set_up_logs
from bot.settings import Settings
from core.errors import Refused


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    quiet = {name: logging.getLogger(name).level for name in CHATTY}
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(capture=False)
    structlog.contextvars.clear_contextvars()


def settings(**values: Any) -> Settings:
    return Settings.model_validate({"log_json": True, **values})


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_of_any_library_carries_the_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(settings())
    logging.getLogger("uvicorn.error").info("before")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        logging.getLogger("uvicorn.error").info("within")
        structlog.stdlib.get_logger("core.chat")
    logging.getLogger("core.chat").info("after %d", 2)
    assert [(line["event"], line["request_id"]) for line in lines(capsys)] == [
        ("before", "-"),
        ("within", "r-1"),
        ("after 2", "-"),
    ]


def test_a_line_says_when_where_and_how_bad(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(settings())
    logging.getLogger("core.chat").warning("한국어", extra={"count": 3, "nothing": None, "parts": ("a", "b")})
    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "한국어",
        "level": "warning",
        "logger": "core.chat",
        "request_id": "-",
        "count": 3,
        "nothing": None,
        "parts": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("token xoxb-12345-abcdef used", "xoxb-12345-abcdef"),
        ("app xapp-1-A0-999-fff", "xapp-1-A0-999-fff"),
        ("key sk-proj-abcdefghijk", "sk-proj-abcdefghijk"),
        ("tracing lsv2_pt_0123456789", "lsv2_pt_0123456789"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("header 'authorization': 'Basic dXNlcjpwYXNz'", "dXNlcjpwYXNz"),
        ("redis://user:hunter22@host:6379/0 is away", "hunter22"),
        ('{"api_key": "hunter22"}', "hunter22"),
        ("password=hunter22&x=1", "hunter22"),
    ],
)
def test_what_looks_like_a_secret_is_blacked_out(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert "[redacted]" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens=2000 of 10000 tokens",
        "the task-force sk",
        "see https://example.com/a?b=c",
        "Bearer",
        "12 tokens: fine",
    ],
)
def test_what_only_resembles_a_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_the_secrets_of_the_settings_are_blacked_out_wherever_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(settings(api_token="plain-word", redis_url="redis://h/0", openai_api_key="abc"))
    logging.getLogger("x").info("the plain-word of abc")
    assert [line["event"] for line in lines(capsys)] == ["the [redacted] of abc"]


def test_secrets_in_fields_and_tracebacks_are_blacked_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(settings())
    fields = {
        "slack_token": "a-b-c",
        "headers": {"Authorization": "zzz", "Accept": "text"},
        "body": ["sk-aaaabbbbcccc"],
    }
    logging.getLogger("x").error("failed", exc_info=ValueError("Bearer abcdefgh"), extra=fields)
    (line,) = lines(capsys)
    assert line["slack_token"] == "[redacted]"
    assert line["headers"] == {"Authorization": "[redacted]", "Accept": "text"}
    assert line["body"] == ["[redacted]"]
    assert "ValueError: Bearer [redacted]" in line["exception"]


def test_nobody_forges_a_line_or_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(settings(log_json=False))
    logging.getLogger("x").info("title\n2026-01-01 [info] forged \x1b[2J")
    logging.getLogger("x").error("failed", exc_info=ValueError("\x1b[2J"))
    text = capsys.readouterr().err
    assert "title\\x0a2026-01-01" in text
    assert "\x1b" not in text
    assert "ValueError: \\x1b[2J" in text


def test_chatty_libraries_are_heard_only_when_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(settings(log_level="DEBUG"))
    for name in ("httpx", "chromadb.telemetry", "uvicorn.access", "apscheduler.scheduler"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble")
    logging.getLogger("core").debug("ours")
    assert [line["event"] for line in lines(capsys)] == ["trouble"] * 4 + ["ours"]


def test_a_log_file_gets_the_same_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "logs" / "saseo.log"
    set_up_logs(settings(log_file=file))
    logging.getLogger("x").info("기록")
    assert json.loads(file.read_text(encoding="utf-8"))["event"] == "기록"
    assert [line["event"] for line in lines(capsys)] == ["기록"]


def test_setting_up_again_replaces_what_was_there(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(settings())
    set_up_logs(settings())
    logging.getLogger("x").info("once")
    assert len(lines(capsys)) == 1


def test_a_log_file_that_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="LOG_FILE"):
        set_up_logs(settings(log_file=tmp_path))


def test_warnings_of_python_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(settings())
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # Within the block, pytest's own filter would keep the warning from the log.
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("old thing", stacklevel=1)
    assert [line["logger"] for line in lines(capsys)] == ["py.warnings"]
