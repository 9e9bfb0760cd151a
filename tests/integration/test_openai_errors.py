"""Every error of the OpenAI client, of both its HTTP libraries and of broken replies is translated."""

import json
import ssl
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp
import httpx
import httpx2
import langchain_openai.chat_models.base  # noqa: F401 - its own errors are subclasses of OpenAI's
import openai
import pytest

from core.backends.openai_errors import translate
from core.errors import Refused, SaseoError, Unavailable
from core.types import now

REQUEST = httpx2.Request("POST", "http://localhost/v1/chat/completions")

EXPECTED = {
    "APIConnectionError": "model.unreachable",
    "APIError": "model.failing",
    "APIResponseValidationError": "model.failing",
    "APIStatusError": "model.rejected",
    "APITimeoutError": "model.timeout",
    "AuthenticationError": "model.key",
    "BadRequestError": "model.rejected",
    "ConflictError": "model.busy",
    "ContentFilterFinishReasonError": "model.malformed",
    "InternalServerError": "model.failing",
    "LengthFinishReasonError": "model.malformed",
    "NotFoundError": "model.unknown",
    "OAuthError": "model.key",
    "OpenAIAPIContextOverflowError": "model.too_long",
    "OpenAIAPIError": "model.failing",
    "OpenAIAuthenticationError": "model.key",
    "OpenAIConnectionError": "model.unreachable",
    "OpenAIContextOverflowError": "model.too_long",
    "OpenAIError": "model.malformed",
    "OpenAIInvalidRequestError": "model.rejected",
    "OpenAIModelNotFoundError": "model.unknown",
    "OpenAIPermissionDeniedError": "model.forbidden",
    "OpenAIRateLimitError": "model.busy",
    "OpenAITimeoutError": "model.timeout",
    "PermissionDeniedError": "model.forbidden",
    "RateLimitError": "model.busy",
    "SubjectTokenProviderError": "model.malformed",
    "APIRemovedInV1": "model.malformed",
    "MutuallyExclusiveAuthError": "model.malformed",
    "StreamAlreadyConsumed": "model.malformed",
    "_AmbiguousModuleClientUsageError": "model.malformed",
    "UnprocessableEntityError": "model.rejected",
    "WebSocketConnectionClosedError": "model.malformed",
    "WebSocketQueueFullError": "model.malformed",
}


def family(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


def known(kind: type[BaseException]) -> list[type[BaseException]]:
    """The classes of a package's error tree that a chat or embedding request could raise."""
    mine = {
        one for one in family(kind) if one.__module__.split(".")[0] in ("openai", "langchain_openai", "httpx", "httpx2")
    }
    return sorted(mine, key=lambda one: (one.__module__, one.__name__))


def made(kind: type[BaseException]) -> Exception:
    """An error of this class as the client would raise it."""
    error: Any = kind.__new__(kind)
    error.args = ("it failed",)
    if issubclass(kind, openai.APIError):
        error.message = "it exceeds the context window" if "Overflow" in kind.__name__ else "it failed"
        error.body = error.code = error.type = None
    if issubclass(kind, openai.APIStatusError):
        error.status_code = getattr(kind, "status_code", 500 if issubclass(kind, openai.InternalServerError) else 418)
        error.response = httpx2.Response(error.status_code, request=REQUEST)
    assert isinstance(error, Exception)
    return error


def status(code: int, body: object = None, headers: dict[str, str] | None = None) -> Exception:
    """The error for a response with this status, made by the client itself."""
    client = openai.OpenAI(api_key="key", base_url="http://localhost")
    with client:
        response = httpx2.Response(code, json={"error": body}, request=REQUEST, headers=headers)
        return client._make_status_error_from_response(response)


def code(error: Exception) -> str:
    return translate(error, model="m").code


@pytest.mark.parametrize("kind", known(openai.OpenAIError), ids=lambda kind: kind.__name__)
def test_every_error_of_the_client_has_its_translation(kind: type[BaseException]) -> None:
    assert code(made(kind)) == EXPECTED[kind.__name__]


def test_the_table_names_no_error_that_does_not_exist() -> None:
    assert EXPECTED.keys() <= {kind.__name__ for kind in known(openai.OpenAIError)}


@pytest.mark.parametrize(
    "kind", [*known(httpx.HTTPError), *known(httpx2.HTTPError)], ids=lambda kind: kind.__qualname__
)
def test_every_error_of_the_http_libraries_is_translated_bare_and_wrapped(kind: type[BaseException]) -> None:
    bare = made(kind)
    wrapped = openai.APIConnectionError(request=REQUEST)
    wrapped.__cause__ = bare
    names = {one.__name__ for one in kind.__mro__}
    if "UnsupportedProtocol" in names:
        expected = "model.address"
    elif "LocalProtocolError" in names:
        expected = "model.key"
    elif "TimeoutException" in names:
        expected = "model.timeout"
    else:
        expected = "model.unreachable"
    assert code(wrapped) == expected
    assert code(bare) == (expected if "TransportError" in names else "model.malformed")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx2.InvalidURL("no"), "model.address"),
        (httpx.InvalidURL("no"), "model.address"),
        (json.JSONDecodeError("no", "{", 0), "model.malformed"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), "model.malformed"),
        (UnicodeEncodeError("ascii", "키", 0, 1, "no"), "model.key"),
        (ValueError("No generation chunks were returned"), "model.malformed"),
        (KeyError("delta"), "model.malformed"),
        (AttributeError("model_dump"), "model.malformed"),
        (TimeoutError(), "model.timeout"),
        (ConnectionResetError(), "model.unreachable"),
        (ssl.SSLError("no"), "model.unreachable"),
        (OSError("no"), "model.unreachable"),
        (RuntimeError("no"), "model.malformed"),
    ],
)
def test_everything_else_is_translated(error: Exception, expected: str) -> None:
    assert code(error) == expected


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (aiohttp.ServerDisconnectedError(), "model.unreachable"),
        (aiohttp.ClientConnectionError(), "model.unreachable"),
        (aiohttp.ServerTimeoutError(), "model.timeout"),
        (aiohttp.SocketTimeoutError(), "model.timeout"),
    ],
)
def test_a_broken_connection_is_told_from_a_timeout(cause: Exception, expected: str) -> None:
    error = openai.APITimeoutError(REQUEST)
    error.__cause__ = httpx2.ConnectTimeout("as the client maps both")
    error.__cause__.__cause__ = cause
    assert code(error) == expected


def test_our_own_errors_pass_as_they_are() -> None:
    error = Unavailable("model.busy")
    assert translate(error, model="m") is error


@pytest.mark.parametrize(
    ("error", "kind", "expected"),
    [
        (status(400), Refused, "model.rejected"),
        (status(400, {"code": "context_length_exceeded", "message": "no"}), Refused, "model.too_long"),
        (status(400, {"message": "the request exceeds the available context size"}), Refused, "model.too_long"),
        (status(401), Refused, "model.key"),
        (status(402), Refused, "model.quota"),
        (status(403), Refused, "model.forbidden"),
        (status(404), Refused, "model.unknown"),
        (status(408), Unavailable, "model.timeout"),
        (status(410), Refused, "model.unknown"),
        (status(413), Refused, "model.too_long"),
        (status(418), Refused, "model.rejected"),
        (status(422, {"message": "prompt is too long"}), Refused, "model.too_long"),
        (status(429), Unavailable, "model.busy"),
        (status(429, {"code": "insufficient_quota", "message": "no"}), Refused, "model.quota"),
        (status(500), Unavailable, "model.failing"),
        (status(503), Unavailable, "model.failing"),
        (status(504), Unavailable, "model.timeout"),
    ],
)
def test_a_status_says_who_can_mend_it(error: Exception, kind: type[SaseoError], expected: str) -> None:
    translated = translate(error, model="m")
    assert (type(translated), translated.code) == (kind, expected)
    for locale in ("en", "ko"):
        assert translated.text(locale)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"code": "context_length_exceeded"}, "model.too_long"),
        ({"code": "insufficient_quota"}, "model.quota"),
        ({"type": "overloaded_error"}, "model.busy"),
        ({"code": 500}, "model.failing"),
        ("what", "model.failing"),
    ],
)
def test_an_error_inside_a_stream_is_known_by_its_words(body: object, expected: str) -> None:
    error = openai.APIError("no", REQUEST, body=body)
    assert code(error) == expected
    assert translate(error, model="m").text("ko")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("3", 3.0),
        ("0.25", 0.25),
        ("0", None),
        ("-1", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read(header: str, expected: float | None) -> None:
    translated = translate(status(429, headers={"Retry-After": header}), model="m")
    assert translated.details.get("retry_after") == expected


def test_the_wait_may_be_given_as_a_date() -> None:
    past = translate(status(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), model="m")
    naive = translate(status(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 -0000"}), model="m")
    soon = format_datetime(now() + timedelta(seconds=60))
    assert "retry_after" not in past.details
    assert (
        50 < float(str(translate(status(503, headers={"Retry-After": soon}), model="m").details["retry_after"])) <= 60
    )
    assert "retry_after" not in naive.details


def test_a_chain_of_causes_without_end_is_cut() -> None:
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__cause__, second.__cause__ = second, first
    assert code(first) == "model.malformed"
