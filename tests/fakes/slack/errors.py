"""How a Web API method fails."""

from typing import Any


class ApiError(Exception):
    """An error as Slack spells it; the answer is HTTP 200 with `ok: false` unless `status` says otherwise."""

    def __init__(self, error: str, /, *messages: str, **fields: Any) -> None:
        super().__init__(error)
        self.error = error
        self.fields = fields
        if messages:
            self.fields["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in messages]}

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.fields}


class RateLimited(Exception):
    """Too many calls: HTTP 429 with a Retry-After header."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after
