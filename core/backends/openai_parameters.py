"""What is asked of a server beside the text, and which of it a server does not know.

OpenAI's reasoning models refuse `temperature` and `max_tokens`; older compatible servers know no
`max_completion_tokens`, `stream_options`, `dimensions` or base64 vectors. Each refusal costs one more request
and is then remembered.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from core.backends.openai_errors import is_too_long

Refusals = frozenset[str]
"""Names of the parameters, as they stand in the request, that the server has refused."""
NONE: Refusals = frozenset()

REJECTED = (400, 422)


def limit_name(refused: Refusals, *, compatible: bool) -> str | None:
    """How to bound the length of a reply: OpenAI's word for itself, the elder word for compatible servers."""
    names = ("max_tokens", "max_completion_tokens") if compatible else ("max_completion_tokens", "max_tokens")
    return next((name for name in names if name not in refused), None)


def chat_parameters(refused: Refusals, *, temperature: float, max_tokens: int, compatible: bool) -> Mapping[str, Any]:
    """Parameters of a streamed chat request, without those that the server has refused."""
    parameters: dict[str, Any] = {"stream_options": {"include_usage": True}, "temperature": temperature}
    if limit := limit_name(refused, compatible=compatible):
        parameters[limit] = max_tokens
    return {name: value for name, value in parameters.items() if name not in refused}


def embedding_parameters(refused: Refusals, *, dimension: int) -> Mapping[str, Any]:
    """Parameters of a request for vectors, without those that the server has refused."""
    parameters: dict[str, Any] = {"dimensions": dimension, "encoding_format": "base64"}
    if "encoding_format" in refused:
        parameters["encoding_format"] = "float"
    return {name: value for name, value in parameters.items() if name != "dimensions" or name not in refused}


def newly_refused(error: Exception, sent: Collection[str], refused: Refusals) -> str | None:
    """The sent parameter that this error complains about; None when it is about something else."""
    if getattr(error, "status_code", None) not in REJECTED or is_too_long(error):
        return None
    candidates = [name for name in sent if name not in refused]
    named = str(getattr(error, "param", None) or "").partition(".")[0]
    if named in candidates:
        return named
    text = f"{getattr(error, 'message', '')} {getattr(error, 'body', '')}"
    found = {name: match.start() for name in candidates if (match := re.search(rf"\b{name}\b", text))}
    return min(found, key=found.__getitem__, default=None)
