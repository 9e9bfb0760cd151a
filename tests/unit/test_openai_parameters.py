"""What is asked of a server, and which of it a server does not know."""

from dataclasses import dataclass, field

import pytest

from core.backends.openai_parameters import NONE, Refusals, chat_parameters, embedding_parameters, newly_refused

SENT = ("stream_options", "temperature", "max_completion_tokens")


@dataclass
class ServerSays(Exception):
    status_code: int = 400
    message: str = ""
    param: str | None = None
    code: str | None = None
    body: object = field(default=None)


def chat(refused: Refusals, *, compatible: bool) -> dict[str, object]:
    return dict(chat_parameters(refused, temperature=0.3, max_tokens=50, compatible=compatible))


def test_openai_is_asked_in_its_newer_words_and_others_in_the_elder() -> None:
    usage = {"include_usage": True}
    assert chat(NONE, compatible=False) == {"stream_options": usage, "temperature": 0.3, "max_completion_tokens": 50}
    assert chat(NONE, compatible=True) == {"stream_options": usage, "temperature": 0.3, "max_tokens": 50}


def test_a_refused_limit_is_tried_by_its_other_name_and_then_left_out() -> None:
    assert "max_completion_tokens" in chat(frozenset({"max_tokens"}), compatible=True)
    assert "max_tokens" in chat(frozenset({"max_completion_tokens"}), compatible=False)
    both = frozenset({"max_tokens", "max_completion_tokens"})
    assert chat(both | {"temperature", "stream_options"}, compatible=True) == {}


def test_vectors_are_asked_for_packed_and_in_the_set_dimension() -> None:
    assert embedding_parameters(NONE, dimension=8) == {"dimensions": 8, "encoding_format": "base64"}
    assert embedding_parameters(frozenset({"dimensions"}), dimension=8) == {"encoding_format": "base64"}
    assert embedding_parameters(frozenset({"encoding_format"}), dimension=8) == {
        "dimensions": 8,
        "encoding_format": "float",
    }


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ServerSays(param="temperature", code="unsupported_value"), "temperature"),
        (ServerSays(param="stream_options.include_usage"), "stream_options"),
        (ServerSays(message="Unsupported: 'max_completion_tokens'. Not 'temperature'."), "max_completion_tokens"),
        (ServerSays(422, body={"detail": [{"loc": ["body", "stream_options"]}]}), "stream_options"),
        (ServerSays(message="Unknown field max_tokens"), None),
        (ServerSays(message="I do not like it"), None),
        (ServerSays(500, param="temperature"), None),
        (ServerSays(message="maximum context length is 9 tokens, max_completion_tokens is 10"), None),
        (ValueError("temperature"), None),
    ],
)
def test_the_parameter_a_server_complains_about_is_found(error: Exception, name: str | None) -> None:
    assert newly_refused(error, SENT, NONE) == name


def test_a_parameter_is_refused_only_once() -> None:
    assert newly_refused(ServerSays(param="temperature"), SENT, frozenset({"temperature"})) is None
