"""The shape of the statistics."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from core.types import Outcome


class Requests(BaseModel):
    """Requests to the API since the start; those with a status of 500 and above failed."""

    total: int
    failed: int
    success_rate: float


class Times(BaseModel):
    """Seconds, over the latest thousand."""

    mean: float
    p50: float
    p95: float
    p99: float


class System(BaseModel):
    """Memory of this process; processor, since it was asked the last time, and disk of the whole machine."""

    memory_bytes: int
    memory_percent: float
    cpu_percent: float
    disk_percent: float


class ModelTotals(BaseModel):
    """What a model was asked since the start."""

    requests: int
    errors: int
    error_rate: float
    prompt_tokens: int
    completion_tokens: int
    estimated_requests: int
    last_error: str | None
    last_error_at: datetime | None


class EmbedderTotals(BaseModel):
    """The embedder that is built in."""

    identity: str


class Stats(BaseModel):
    """Statistics of this process; `questions` and `index` are of the whole library."""

    uptime_seconds: float
    requests: Requests
    response_time: Times
    questions: dict[Outcome, int]
    answer_time: dict[str, Times] = {}
    """From a question to its answer, by platform."""
    stages: dict[str, Times] = {}
    """What an answer spends its time on."""
    system: System | None = None
    model: ModelTotals | None = None
    embedder: ModelTotals | EmbedderTotals | None = None
    index: dict[Literal["vectors", "lexical"], int] = {}
