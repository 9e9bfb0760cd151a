"""The settings of the console: who signs in how, and what is refused by its name."""

import pytest

from adapters.discord.signing_in import DiscordSignIn
from adapters.slack.signing_in import SlackSignIn
from bot.entrance import house
from bot.settings import Settings, load_settings
from core.errors import Refused
from tests.fakes.saseo import Core

SLACK = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "hidden",
}
DISCORD = {"DISCORD_TOKEN": "a.b.c", "DISCORD_CLIENT_ID": "12", "DISCORD_CLIENT_SECRET": "hidden"}


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings(env_file=None)


def test_nobody_signs_in_and_nobody_has_a_role_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    made = house(Core().saseo, given(monkeypatch, **SLACK, **DISCORD))
    assert (dict(made.ways), made.token, made.url) == ({}, None, None)
    assert made.roster.administrators == made.roster.editors == frozenset()


def test_ways_in_and_roles_are_as_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given(
        monkeypatch,
        **SLACK,
        **DISCORD,
        API_TOKEN="secret",
        CONSOLE_SIGN_IN="slack, discord",
        CONSOLE_URL="https://saseo.example.com",
        CONSOLE_ADMINISTRATORS="slack:T1:U1, discord:1",
        CONSOLE_EDITORS="slack:T1:U2",
    )
    made = house(Core().saseo, settings)
    assert [type(way) for way in made.ways.values()] == [SlackSignIn, DiscordSignIn]
    assert (made.token, made.url) == ("secret", "https://saseo.example.com")
    assert made.roster.administrators == {"slack:T1:U1", "discord:1"}
    assert made.roster.editors == {"slack:T1:U2"}
    assert "hidden" not in repr(made)


@pytest.mark.parametrize("name", ["mina", "slack:U1", "slack:T1:U1:X", "discord:mina", "slack:t1:u1", "discord:"])
def test_people_are_named_as_their_platform_names_them(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable in ("CONSOLE_ADMINISTRATORS", "CONSOLE_EDITORS"):
        with pytest.raises(Refused) as refused:
            given(monkeypatch, **{variable: f"slack:T1:U1,{name}"})
        assert refused.value.text() == Refused("signing.person", name=variable).text()


def test_only_known_platforms_are_ways_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as refused:
        given(monkeypatch, CONSOLE_SIGN_IN="slack,myspace")
    assert "CONSOLE_SIGN_IN" in refused.value.text()


@pytest.mark.parametrize("lacking", ["SLACK_CLIENT_ID", "DISCORD_TOKEN", "DISCORD_CLIENT_ID", "DISCORD_CLIENT_SECRET"])
def test_a_way_in_that_lacks_something_ends_the_start(monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    way = lacking.partition("_")[0].lower()
    more = {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"} if way == "slack" else {lacking}
    variables = {name: value for name, value in {**SLACK, **DISCORD}.items() if name not in more}
    settings = given(monkeypatch, **variables, CONSOLE_SIGN_IN=way)
    with pytest.raises(Refused) as refused:
        house(Core().saseo, settings)
    assert refused.value.code == f"signing.{way}_client"


@pytest.mark.parametrize("days", ["0", "3651", "x"])
def test_the_log_is_kept_for_a_number_of_days(monkeypatch: pytest.MonkeyPatch, days: str) -> None:
    assert given(monkeypatch).audit_days == 365
    with pytest.raises(Refused) as refused:
        given(monkeypatch, AUDIT_DAYS=days)
    assert "AUDIT_DAYS" in refused.value.text()
