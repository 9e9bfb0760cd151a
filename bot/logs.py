"""Logs: console or JSON lines, a request id on every line, secrets blacked out, chatty libraries quietened.

Whoever handles a request binds its id with `structlog.contextvars.bind_contextvars(request_id=...)`.
"""

import logging
import re
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.settings import Settings
from bot.vector_settings import MEGABYTE
from core.errors import Refused

CHATTY = (
    "aiohttp",
    "apscheduler",
    "asyncio",
    "chromadb",
    "discord",
    "filelock",
    "httpcore",
    "httpx",
    "langchain",
    "langsmith",
    "multipart",
    "onnxruntime",
    "openai",
    "pdfminer",
    "python_multipart",
    "slack_bolt",
    "slack_sdk",
    "stamina",
    "tantivy",
    "trafilatura",
    "urllib3",
    "uvicorn.access",
    "watchfiles",
)
FILE_BYTES = 10 * MEGABYTE
FILE_COUNT = 5
BLACK = "[redacted]"
SHORTEST_SECRET = 6
"""A shorter one is a part of common words, and blacking it out would make the log unreadable."""

SECRET_KEY = re.compile(
    r"(?:^|[_-])(?:token|secret|password|passwd|api[_-]?key|authorization|cookie|credentials?)$", re.IGNORECASE
)
SECRET_VALUES = (
    re.compile(r"\b(?:xox[a-z]|xapp)-[\w-]{6,}", re.IGNORECASE),
    re.compile(r"\b(?:sk|lsv2|pk|rk|ghp|github_pat)[-_][\w-]{6,}"),
    re.compile(r"(?<=\bBearer )[\w.~+/=-]{4,}", re.IGNORECASE),
    re.compile(r"(?<=\bBasic )[\w+/=-]{4,}", re.IGNORECASE),
    re.compile(r"(?<=://)[^\s/@]{1,512}(?=@)"),
    re.compile(
        r"(?P<key>(?<![A-Za-z])(?:token|secret|password|api[_-]?key|authorization)[\"']?\s{0,4}[=:]\s{0,4}[\"']?)"
        r"(?!Bearer|Basic)[^\s\"',;)}\]]{4,}",
        re.IGNORECASE,
    ),
)
CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\t"}
BREAKS = {code: text for code, text in CONTROL.items() if chr(code) != "\n"}
NOISE = frozenset({"color_message"})
"""The same message again, as uvicorn would colour it."""
SAFE_KEYS = frozenset({"timestamp", "level", "logger", "request_id"})


def set_up_logs(settings: Settings) -> None:
    """Sends every log line of this process where the settings say. Raises Refused for a wrong LOG_FILE."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    handlers[0].setFormatter(_formatter(settings, colours=sys.stderr.isatty()))
    if settings.log_file is not None:
        handlers.append(_rotating(settings.log_file))
        handlers[1].setFormatter(_formatter(settings, colours=False))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(settings.log_level)
    logging.captureWarnings(capture=True)
    for name in CHATTY:
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.WARNING, root.level))
        # A library may have kept its lines to itself, or been silenced, before this.
        logger.propagate, logger.disabled = True, False


def redact(text: str, known: Sequence[str] = ()) -> str:
    """The text without these known secrets and without anything that looks like a token, a key or a password."""
    for secret in known:
        text = text.replace(secret, BLACK)
    for pattern in SECRET_VALUES:
        text = pattern.sub(_keep_key, text)
    return text


def _keep_key(match: re.Match[str]) -> str:
    return match.groupdict().get("key", "") + BLACK


def _secrets(settings: Settings) -> tuple[str, ...]:
    values = (getattr(settings, name) for name in Settings.model_fields)
    texts = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
    return tuple(sorted((text for text in texts if len(text) >= SHORTEST_SECRET), key=len, reverse=True))


def _rotating(path: Path) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILE_COUNT, encoding="utf-8")
    except OSError as error:
        raise Refused("settings.log_file", name=str(path)) from error


def _formatter(settings: Settings, *, colours: bool) -> logging.Formatter:
    last: Sequence[Processor] = (
        [structlog.processors.JSONRenderer(default=str, ensure_ascii=False)]
        if settings.log_json
        else [
            _one_line,
            structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            _request_id,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redactor(_secrets(settings)),
            *last,
        ],
    )


def _request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.setdefault("request_id", "-")
    return event


def _redactor(known: tuple[str, ...]) -> Processor:
    def black_out(key: str, value: object) -> object:
        if key in SAFE_KEYS or value is None or isinstance(value, bool | int | float):
            return value
        if SECRET_KEY.search(key):
            return BLACK
        if isinstance(value, dict):
            return {str(name): black_out(str(name), inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [black_out("", inner) for inner in value]
        return redact(str(value), known)

    def redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: black_out(key, value) for key, value in event.items() if key not in NOISE}

    return redacted


def _one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # What a stranger wrote must neither forge a line of the log nor steer the terminal it is read on.
    event["event"] = str(event.get("event", "")).translate(CONTROL)
    if isinstance(trace := event.get("exception"), str):
        event["exception"] = trace.translate(BREAKS)
    return event
