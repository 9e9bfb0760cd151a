"""What the roles are made of: what the settings say of questions, and whether there is anybody to tell."""

import pytest

from bot.roles import build
from bot.settings import Settings
from tests.fakes.saseo import Core


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, True),
        ({"discord_token": "t-o-k-e-n"}, False),
        ({"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}, False),
        ({"database_url": "postgresql://localhost/saseo"}, False),
    ],
)
async def test_what_no_longer_holds_is_looked_for_at_once_where_nobody_will_ever_be_told(
    more: dict[str, str], found: bool
) -> None:
    core = Core()
    build(core.saseo, settings(**more), ("http",))
    assert core.noticing.ready.is_set() == found


async def test_the_console_shows_questions_as_the_settings_say() -> None:
    core = Core()
    chosen = settings(question_texts="nobody", model_input_price=1, model_output_price=2)
    (role,) = build(core.saseo, chosen, ("http",))
    insight = role._app.state.insight  # type: ignore[attr-defined]
    assert insight.texts == "nobody"
    assert (insight.prices.prompt, insight.prices.completion) == (1, 2)
