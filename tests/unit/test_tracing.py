"""When traces may be sent."""

import pytest

from core.backends.tracing import SWITCHES, tracing_environment


@pytest.mark.parametrize(("api_key", "enabled"), [("", True), ("lsv2_x", False), ("", False)])
def test_without_key_or_consent_every_switch_is_off(api_key: str, enabled: bool) -> None:
    environment = tracing_environment(api_key, enabled)
    assert {environment[name] for name in SWITCHES} == {"false"}
    assert "LANGSMITH_API_KEY" not in environment


def test_with_key_and_consent_tracing_is_on() -> None:
    environment = tracing_environment("lsv2_x", True)
    assert {environment[name] for name in SWITCHES} == {"true"}
    assert environment["LANGSMITH_API_KEY"] == "lsv2_x"
    assert environment["LANGCHAIN_TRACING"] == "false"
