"""Which settings connect Slack, and what is said of those that do not."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from adapters.slack.adapter import SLACK_URL
from adapters.slack.inbound import Rules
from adapters.slack.tokens import Permission
from bot.cli.greeting import greeting
from bot.cli.terminal import exit_code
from bot.roles import build, chosen, slack_options
from bot.settings import Settings, load_settings
from core.errors import Refused
from tests.fakes.saseo import Core

TOKENS = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}
OVER_HTTP = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s3cret"}
CLIENT = {"slack_client_id": "1.2", "slack_client_secret": "cl1ent"}
MANY = {**CLIENT, "slack_signing_secret": "s3cret"}
KEYS = ("k" * 32, "l" * 40)


def settings(**values: Any) -> Settings:
    return Settings.model_validate(values)


def test_slack_runs_where_it_is_configured() -> None:
    assert chosen(None, settings()) == ("http", "scheduler")
    assert chosen(None, settings(**TOKENS)) == ("http", "slack", "scheduler")
    assert chosen("slack", settings(**TOKENS)) == ("slack",)
    assert chosen("slack,http", settings(**OVER_HTTP)) == ("http", "slack")
    assert chosen(None, settings(**MANY)) == ("http", "slack", "scheduler")
    assert chosen("slack", settings(**CLIENT, slack_app_token="xapp-1")) == ("slack",)


@pytest.mark.parametrize(
    ("only", "values", "code"),
    [
        ("slack", {}, "run.slack_token"),
        ("slack", OVER_HTTP, "run.slack_needs_http"),
        ("slack", MANY, "run.slack_needs_http"),
    ],
)
def test_a_role_that_cannot_be_played_is_refused(only: str, values: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        chosen(only, settings(**values))
    assert refusal.value.code == code
    assert exit_code(refusal.value) == 2


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "settings.slack_way_in"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "settings.slack_without_token"),
        ({"SLACK_SIGNING_SECRET": "s3cret"}, "settings.slack_without_token"),
        ({"SLACK_CLIENT_ID": "1.2"}, "settings.slack_client_half"),
        ({"SLACK_CLIENT_SECRET": "cl1ent", "SLACK_APP_TOKEN": "xapp-1"}, "settings.slack_client_half"),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "cl1ent"}, "settings.slack_way_in"),
        ({"SLACK_REDIRECT_URL": "/slack/oauth_redirect"}, "settings.url"),
        ({"SECRET_KEY": "too-short"}, "settings.secret_key"),
        ({"SECRET_KEY": f"{'k' * 32},"}, "settings.secret_key"),
        ({"SLACK_API_URL": "slack.com"}, "settings.url"),
        ({"SESSION_SCOPE": "person"}, "settings.choice"),
        ({"THREAD_FOLLOW_UP_HOURS": "-1"}, "settings.too_small"),
        ({"SLACK_BOT_TOKEN": "xoxb 1"}, "settings.secret"),
    ],
)
def test_settings_that_are_not_whole_are_refused(
    variables: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Refused) as refusal:
        load_settings(Path("/nonexistent"))
    assert refusal.value.code == code
    secrets = [value for name, value in variables.items() if "TOKEN" in name or "SECRET" in name]
    assert all(value not in refusal.value.text() for value in secrets)


def test_the_options_hold_what_was_set() -> None:
    given = settings(
        **TOKENS,
        slack_signing_secret="s3cret",
        session_scope="thread",
        thread_follow_up_hours=1,
        slack_allowed_channels="C1, C2",
        slack_blocked_users="U1",
        slack_allowed_bots="B1",
    )
    options = slack_options(given)
    assert options is not None
    assert (options.app_token, options.signing_secret, options.api_url) == ("xapp-1", "s3cret", SLACK_URL)
    assert (options.session_scope, options.follow_up_hours) == ("thread", 1)
    assert options.rules == Rules(
        allowed_channels=frozenset({"C1", "C2"}), blocked_users=frozenset({"U1"}), allowed_bots=frozenset({"B1"})
    )
    assert "xoxb" not in repr(options)
    assert "s3cret" not in repr(replace(options))
    assert slack_options(settings()) is None


async def test_over_http_the_routes_stand_in_the_api_and_ask_for_no_token() -> None:
    core = Core()
    http, slack = build(core.saseo, settings(**OVER_HTTP, api_token="t-o-k-e-n"), ("http", "slack"))
    assert (http.name, slack.name) == ("http", "slack")
    transport = httpx.ASGITransport(app=cast("Any", http)._app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        for path in ("events", "commands", "interactions"):
            assert (await client.post(f"/slack/{path}")).status_code == 503, "it does not run yet"
        assert (await client.get("/api/v1/stats")).status_code == 401
    with pytest.raises(Refused):
        build(core.saseo, settings(), ("slack",))


def test_with_a_client_the_app_may_be_installed() -> None:
    given = settings(
        **MANY, slack_redirect_url="https://a.example/slack/oauth_redirect", slack_allowed_workspaces="T1,T2"
    )
    options = slack_options(given)
    assert options is not None
    assert options.bot_token is None
    assert options.permission == Permission(
        "1.2", "cl1ent", redirect_url="https://a.example/slack/oauth_redirect", workspaces=frozenset({"T1", "T2"})
    )
    assert "cl1ent" not in repr(options)
    without = slack_options(settings(**TOKENS))
    assert without is not None
    assert without.permission is None


def test_keys_are_listed_newest_first_and_not_shown() -> None:
    given = settings(secret_key=",".join(KEYS))
    assert given.secret_keys == KEYS
    assert settings().secret_keys == ()
    assert KEYS[0] not in repr(given)


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_the_start_says_where_the_app_is_added(locale: str) -> None:
    given = settings(**MANY, api_port=8123)
    assert "http://127.0.0.1:8123/slack/install" in greeting(given, ("http", "slack"), locale)[0]
    assert "slack/install" not in greeting(given, ("slack",), locale)[0]
    assert "slack/install" not in greeting(settings(**TOKENS), ("http", "slack"), locale)[0]


async def test_the_pages_of_an_installation_ask_for_no_token() -> None:
    core = Core()
    http, _ = build(core.saseo, settings(**MANY, api_token="t-o-k-e-n"), ("http", "slack"))
    transport = httpx.ASGITransport(app=cast("Any", http)._app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        for path in ("install", "oauth_redirect"):
            assert (await client.get(f"/slack/{path}")).status_code == 503, "it does not run yet"
    http, _ = build(core.saseo, settings(**OVER_HTTP, api_token="t-o-k-e-n"), ("http", "slack"))
    transport = httpx.ASGITransport(app=cast("Any", http)._app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        assert (await client.get("/slack/install")).status_code == 401, "there is nothing to install"
