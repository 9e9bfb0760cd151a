"""Which status an error of the core has, for scripts and for pages alike."""

from core.errors import Refused, SaseoError

STATUS = {
    "library.unknown": 404,
    "http.too_large": 413,
    "read.too_large": 413,
    "fetch.too_large": 413,
    "chat.too_long": 413,
    "chat.duplicate": 409,
    **{f"limits.{who}_{time}": 429 for who in ("user", "channel", "workspace") for time in ("hour", "day")},
}
"""Refusals that are not simply 422."""


def status_of(error: SaseoError) -> int:
    """What the user can mend is theirs, and everything else is ours for a while."""
    return STATUS.get(error.code, 422) if isinstance(error, Refused) else 503
