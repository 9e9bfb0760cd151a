"""Turns every error of the OpenAI client into one that the user or the operator understands."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from core.errors import Refused, SaseoError, Unavailable
from core.types import now

TOO_LONG = re.compile(
    r"context_length_exceeded|context (length|window|size)|contextwindowexceeded|exceed_context_size"
    r"|(prompt|input) is too long|too many (input )?tokens|input tokens exceed|maximum input length",
    re.IGNORECASE,
)
"""How OpenAI, vLLM, llama.cpp, Ollama and gateways in front of them say that the prompt is too long."""

QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
BUSY = frozenset({"rate_limit_exceeded", "rate_limit_error", "overloaded_error", "tokens", "requests"})


def translate(error: Exception, *, model: str) -> SaseoError:
    """The error to raise in place of a vendor's; what is not known is a reply that cannot be read."""
    import openai

    if isinstance(error, SaseoError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, model=model)
    if isinstance(error, openai.APITimeoutError):
        return _by_cause(error, default="model.timeout")
    if isinstance(error, TimeoutError):
        return Unavailable("model.timeout")
    if isinstance(error, (openai.APIConnectionError, OSError)):
        return _by_cause(error)
    if isinstance(error, openai.APIError):
        return _by_words(error)
    return _by_cause(error, default="model.malformed")


def is_too_long(error: Exception) -> bool:
    """Whether the vendor says that prompt and reply do not fit into the model's context."""
    return bool(TOO_LONG.search(f"{getattr(error, 'code', '')} {getattr(error, 'message', '')}"))


def _by_status(error: Exception, *, model: str) -> SaseoError:
    status = int(getattr(error, "status_code", 0))
    if status in (400, 413, 422) and (status == 413 or is_too_long(error)):
        return Refused("model.too_long")
    if _words(error) & QUOTA or status == 402:
        return Refused("model.quota")
    if status in (401, 403):
        return Refused("model.key" if status == 401 else "model.forbidden", model=model)
    if status in (404, 410):
        return Refused("model.unknown", model=model)
    if status in (408, 504):
        return Unavailable("model.timeout")
    if status in (409, 425, 429):
        return Unavailable("model.busy", **_retry_after(error))
    if status >= 500:
        return Unavailable("model.failing", **_retry_after(error))
    return Refused("model.rejected", status=status)


def _by_words(error: Exception) -> SaseoError:
    """An error that the server wrote into a stream that had begun well, so without a status."""
    if is_too_long(error):
        return Refused("model.too_long")
    if _words(error) & QUOTA:
        return Refused("model.quota")
    if _words(error) & BUSY:
        return Unavailable("model.busy")
    return Unavailable("model.failing")


def _by_cause(error: Exception, *, default: str = "model.unreachable") -> SaseoError:
    """What lies beneath, by class name: the client wraps errors of two HTTP libraries, httpx and httpx2."""
    names = {kind.__name__ for cause in _causes(error) for kind in type(cause).__mro__}
    if names & {"UnsupportedProtocol", "InvalidURL"}:
        return Refused("model.address")
    # A prompt is always valid UTF-8 by then: only a header, which holds the key, cannot be written.
    if names & {"LocalProtocolError", "UnicodeEncodeError"}:
        return Refused("model.key")
    # Beneath httpx lies aiohttp, whose broken connections arrive in the dress of a timeout.
    if "ClientConnectionError" in names and "TimeoutError" not in names:
        return Unavailable("model.unreachable")
    if names & {"TimeoutException"}:
        return Unavailable("model.timeout")
    if names & {"TransportError"}:
        return Unavailable("model.unreachable")
    return Unavailable(default)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(8):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__


def _words(error: Exception) -> set[str]:
    return {str(getattr(error, "code", "")), str(getattr(error, "type", ""))}


def _retry_after(error: Exception) -> dict[str, float]:
    """Seconds that the server asks us to wait, as `retry_after`; nothing where it asks for none."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value)
    # Also false for a NaN; a wait that long is none that anybody honours.
    return {"retry_after": seconds} if 0 < seconds < 86_400 else {}


def _seconds_until(date: str) -> float:
    try:
        return (parsedate_to_datetime(date) - now()).total_seconds()
    except (TypeError, ValueError):
        return 0.0
