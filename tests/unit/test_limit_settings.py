"""Limits and budgets are off unless they are set, and a budget of money needs prices."""

import pytest

from bot.settings import Settings, load_settings
from core.errors import Refused
from core.limits import Quotas


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_nothing_is_limited_unless_somebody_says_so() -> None:
    assert load_settings(None).quotas == Quotas()


def test_every_limit_is_the_one_that_its_name_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, who in enumerate(("USER", "CHANNEL", "WORKSPACE")):
        monkeypatch.setenv(f"LIMIT_{who}_PER_HOUR", str(10 + number))
        monkeypatch.setenv(f"LIMIT_{who}_PER_DAY", str(20 + number))
    for name, value in (("BUDGET_TOKENS_PER_DAY", "1000000"), ("BUDGET_USD_PER_DAY", "2.5")):
        monkeypatch.setenv(name, value)
    with pytest.raises(Refused, match="MODEL_INPUT_PRICE"):
        load_settings(None)
    for name in ("MODEL_INPUT_PRICE", "MODEL_OUTPUT_PRICE"):
        monkeypatch.setenv(name, "1")
    assert load_settings(None).quotas == Quotas(
        user_hour=10,
        user_day=20,
        channel_hour=11,
        channel_day=21,
        workspace_hour=12,
        workspace_day=22,
        tokens_day=1_000_000,
        dollars_day=2.5,
    )


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("LIMIT_USER_PER_HOUR", "-1", "settings.too_small"),
        ("LIMIT_USER_PER_HOUR", "few", "settings.whole_number"),
        ("BUDGET_USD_PER_DAY", "nan", "settings.number"),
        ("QUESTIONS_AT_ONCE", "0", "settings.too_small"),
        ("MODEL_PAUSE", "0", "settings.too_small"),
    ],
)
def test_a_limit_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Refused) as refused:
        load_settings(None)
    assert refused.value.code == code
    assert name in refused.value.text()
