"""Counting what models were asked."""

from core.backends.model_statistics import ModelStatistics
from core.pricing import estimate_tokens
from core.types import Usage


def test_nothing_asked_is_no_error_rate() -> None:
    assert ModelStatistics().error_rate == 0.0


def test_requests_errors_and_tokens_add_up() -> None:
    statistics = ModelStatistics()
    for _ in range(4):
        statistics.asked()
    statistics.billed(Usage(10, 5))
    statistics.estimated(Usage(1, 2))
    statistics.failed("model.busy")

    told = statistics.snapshot()

    assert told == {
        "requests": 4,
        "errors": 1,
        "error_rate": 0.25,
        "prompt_tokens": 11,
        "completion_tokens": 7,
        "estimated_requests": 1,
        "last_error": "model.busy",
        "last_error_at": told["last_error_at"],
    }
    assert str(told["last_error_at"]).endswith("+00:00")


def test_before_any_error_there_is_no_last_one() -> None:
    told = ModelStatistics().snapshot()
    assert (told["last_error"], told["last_error_at"]) == (None, None)


def test_tokens_are_estimated_from_bytes_in_both_languages() -> None:
    assert estimate_tokens("a" * 375) == 100
    assert estimate_tokens("사서", "사서") == round(12 / 3.75)
    assert estimate_tokens("\ud800") == 1
