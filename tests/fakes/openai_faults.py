"""What can go wrong with one request to the fake model server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """Spoils one request: it is refused with a status, or its stream goes wrong after some pieces."""

    status: int = 0
    """Refuse with this status; 0: begin to answer."""
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before the first byte."""
    after: int = 0
    """Pieces that are sent well before it goes wrong."""
    then: str = ""
    """`stall`: silence; `ping`: nothing but comments; `cut`: the connection breaks; `end`: it ends too early;
    other text is sent as it is."""


def error(status: int, message: str, *, code: str, kind: str = "invalid_request_error", **more: Any) -> Fault:
    """A refusal in OpenAI's words."""
    return Fault(status=status, body={"error": {"message": message, "type": kind, "code": code, "param": None} | more})


def rate_limited(retry_after: str = "") -> Fault:
    """Too many requests; `Retry-After` as given."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    body = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
    return Fault(status=429, body=body, headers=headers)


def server_error(status: int = 500, retry_after: str = "") -> Fault:
    """The server's own fault."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Fault(status=status, body={"error": {"message": "The server had an error"}}, headers=headers)


def wrong_key() -> Fault:
    """The key is not accepted, and a part of it is repeated, as OpenAI does."""
    return error(401, "Incorrect API key provided: sk-secret", code="invalid_api_key")


def unknown_model() -> Fault:
    """There is no such model."""
    return error(404, "The model does not exist or you do not have access to it.", code="model_not_found")


def too_long() -> Fault:
    """The prompt does not fit."""
    message = "This model's maximum context length is 8192 tokens; 'max_tokens' and messages ask for 9000."
    return error(400, message, code="context_length_exceeded", param="messages")


def stalled(after: int = 0) -> Fault:
    """Nothing comes any more."""
    return Fault(after=after, then="stall")


def pinging(after: int = 0) -> Fault:
    """The connection is alive, but only comments come."""
    return Fault(after=after, then="ping")


def cut(after: int = 0) -> Fault:
    """The connection breaks."""
    return Fault(after=after, then="cut")


def ended(after: int = 0) -> Fault:
    """The stream ends without the rest of the text, without usage and without `[DONE]`."""
    return Fault(after=after, then="end")


def garbled(text: str, after: int = 0) -> Fault:
    """An event with this data instead of a chunk."""
    return Fault(after=after, then=f"data: {text}\n\n")
