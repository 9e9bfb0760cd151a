"""What a route finds on its request: the core, the limits, and the reader's language."""

from fastapi import Request

from core.saseo import Saseo


def saseo(request: Request) -> Saseo:
    """The core this API speaks for."""
    core: Saseo = request.app.state.saseo
    return core


def max_file_bytes(request: Request) -> int:
    """The largest file that is read."""
    limit: int = request.app.state.max_file_bytes
    return limit


def locale(request: Request) -> str:
    """`ko` where the client prefers Korean, else `en`."""
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "ko" if first.startswith("ko") else "en"
