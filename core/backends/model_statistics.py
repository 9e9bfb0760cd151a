"""Counts what a model or an embedder was asked, what failed and how many tokens it took."""

from dataclasses import dataclass
from datetime import datetime

from core.types import Usage, now


@dataclass(slots=True)
class ModelStatistics:
    """Totals since the start. A fixed number of fields: it never grows."""

    requests: int = 0
    errors: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated_requests: int = 0
    """Requests whose tokens the vendor did not tell, so that they were estimated."""
    last_error: str | None = None
    """The code of the last error, e.g. `model.busy`."""
    last_error_at: datetime | None = None

    @property
    def error_rate(self) -> float:
        """Share of requests that failed, 0 to 1."""
        return self.errors / self.requests if self.requests else 0.0

    def asked(self) -> None:
        """A request begins."""
        self.requests += 1

    def failed(self, code: str) -> None:
        """A request ended in the error with this code."""
        self.errors += 1
        self.last_error = code
        self.last_error_at = now()

    def billed(self, usage: Usage) -> None:
        """The vendor told what a request took."""
        self.prompt_tokens += usage.prompt
        self.completion_tokens += usage.completion

    def estimated(self, usage: Usage) -> None:
        """The vendor did not tell what a request took; this is our estimate."""
        self.estimated_requests += 1
        self.billed(usage)

    def snapshot(self) -> dict[str, int | float | str | None]:
        """The totals as plain values, the time in ISO 8601."""
        return {
            "requests": self.requests,
            "errors": self.errors,
            "error_rate": self.error_rate,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "estimated_requests": self.estimated_requests,
            "last_error": self.last_error,
            "last_error_at": self.last_error_at.isoformat() if self.last_error_at else None,
        }
