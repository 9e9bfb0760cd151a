"""Counts the calls of a platform where they leave the program: by family, by how they were answered, and how soon."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import aiohttp
from yarl import URL

from core.measuring import Recorder
from core.metrics import PLATFORM_CALLS, PLATFORM_SECONDS

TOO_MANY = 429
SILENCE = "none"
"""The status of a call that had no answer."""


def counting(
    recorder: Recorder, platform: str, family: Callable[[URL], str], *, trace: aiohttp.TraceConfig | None = None
) -> aiohttp.TraceConfig:
    """What an HTTP session is watched by. `family` gives one of few words for an address. `trace` may watch already."""
    watched = aiohttp.TraceConfig() if trace is None else trace

    async def begun(_: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestStartParams) -> None:
        context.begun = time.perf_counter()

    async def ended(_: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        recorder.observe(PLATFORM_SECONDS, time.perf_counter() - context.begun, platform=platform)
        recorder.add(PLATFORM_CALLS, platform=platform, method=family(end.url), status=_status(end.response.status))

    async def failed(_: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestExceptionParams) -> None:
        recorder.add(PLATFORM_CALLS, platform=platform, method=family(end.url), status=SILENCE)

    watched.on_request_start.append(begun)
    watched.on_request_end.append(ended)
    watched.on_request_exception.append(failed)
    return watched


def _status(status: int) -> str:
    return str(TOO_MANY) if status == TOO_MANY else f"{status // 100}xx"
