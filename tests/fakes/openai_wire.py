"""The shapes of OpenAI's language as the fake server writes them."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from tests.fakes.openai_faults import Fault


def named(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-fake", "object": kind, "created": 1_700_000_000, "model": body.get("model", "fake")}


def chunk(body: dict[str, Any], delta: dict[str, str] | None, **more: Any) -> dict[str, Any]:
    """One chunk of a streamed completion; without a delta, the last one, which only tells the usage."""
    finish = more.pop("finish_reason", None)
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return named(body, "chat.completion.chunk") | {"choices": choices} | more


def event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def refusal(fault: Fault) -> web.Response:
    return web.json_response(dict(fault.body), status=fault.status, headers=dict(fault.headers))


def vector(text: str, dimension: int) -> NDArray[np.float32]:
    """A vector of the text's words and their beginnings: texts that share words are alike."""
    row = np.zeros(dimension, dtype=np.float32)
    row[0] = 0.01
    for word in re.findall(r"\w+", text.casefold()):
        for part in {word, word[:4], word[:2]}:
            row[int.from_bytes(hashlib.sha256(part.encode("utf-8", "replace")).digest()[:4]) % dimension] += 1
    return row


def pack(row: NDArray[np.float32]) -> str:
    return base64.b64encode(row.tobytes()).decode()


def spoiled(rows: list[Any], spoil: str) -> list[Any]:
    match spoil:
        case "few":
            return rows[:-1]
        case "short":
            return [row[:-1] for row in rows]
        case "nan":
            return [[float("nan"), *row[1:]] for row in rows]
        case "zero":
            return [[0.0] * len(row) for row in rows]
        case "none":
            return [None for _ in rows]
        case "ragged":
            return [rows[0][:-1], *rows[1:]]
        case "text":
            return [["one", *row[1:]] for row in rows]
    return rows


def usage(body: dict[str, Any], text: str) -> dict[str, int]:
    """Words for tokens."""
    prompt = sum(len(message["content"].split()) for message in body["messages"])
    completion = len(text.split())
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    """The answer to a request that is not streamed."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return named(body, "chat.completion") | {"choices": [choice], "usage": usage(body, text)}


def vectors_body(body: dict[str, Any], texts: Sequence[str], rows: Sequence[Any]) -> str:
    """The answer to a request for vectors."""
    data = [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(rows)]
    tokens = sum(len(text.split()) for text in texts)
    return json.dumps(
        {
            "object": "list",
            "model": body["model"],
            "data": data,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }
    )
