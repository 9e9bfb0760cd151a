"""Questions that were asked, for whoever looks back at them."""

from datetime import UTC, datetime, timedelta

import pytest

from core.review import QuestionFilter
from core.types import Answer, Audience, Outcome, Question, Scope, Session, Source, Usage
from tests.fakes.saseo import Core

MOMENT = datetime(2026, 3, 10, 12, tzinfo=UTC)
"""When somebody looks back."""
TEAM = Session("slack", "T1", "C1")
OTHER = Session("slack", "T2", "C9")
CONSOLE = Session("http", "", "console-1")


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still while somebody looks back, so that no day ends meanwhile."""
    for module in ("question_routes", "console.stretch"):
        monkeypatch.setattr(f"adapters.http.{module}.now", lambda: MOMENT)


async def recorded(
    core: Core,
    text: str,
    outcome: Outcome = "answered",
    *,
    session: Session = TEAM,
    days_ago: float = 0,
    alone: bool = False,
    **more: object,
) -> str:
    """Notes that it was asked so many days ago, and returns the id. Asked alone, nobody else sees the answer."""
    core.now = MOMENT - timedelta(days=days_ago)
    number = len((await core.store.review.page(QuestionFilter(), limit=1000)).questions)
    scopes = (Scope.direct(session),) if alone else (Scope.channel(session),)
    question = Question(f"q{number}", session, text, Audience.of(*scopes), author="U1", thread="t")
    details: dict[str, object] = {"usage": Usage(1000, 100), "elapsed": 1.5, "model": "gpt", **more}
    cited = (Source(1, "d1", "Handbook", "excerpt", version=1),)
    answer = Answer(question.id, f"Answer to {text}", outcome, sources=cited, **details)  # type: ignore[arg-type]
    await core.store.answers.record(question, answer)
    return question.id
