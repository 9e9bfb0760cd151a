"""The doctor looks at Slack: tokens, scopes, and what does not work without them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.checkup import NEEDED, Look, look
from adapters.slack.manifest import BOT_SCOPES, manifest
from bot.cli import main
from bot.doctor import examine
from bot.settings import Settings
from core.backends.sqlite import open_store
from core.installations import Installation
from core.messages import LOCALES, render
from tests.fakes.slack import FakeSlack
from tests.integration.slack_installing import permission
from tests.integration.slack_running import options


async def looked(slack: FakeSlack, **more: Any) -> list[Look]:
    found = [seen async for seen in look(replace(options(slack), **more))]
    for seen in found:
        assert all(render(seen.code, locale, **seen.details) for locale in LOCALES)
    return found


async def test_an_app_made_from_the_manifest_lacks_nothing() -> None:
    async with FakeSlack() as slack:
        slack.team.scopes = set(BOT_SCOPES)
        found = await looked(slack)
        assert [seen.code for seen in found] == ["slack.found", "slack.found_events", "slack.found_socket"]
        assert "wrong" not in {seen.level for seen in found}


@pytest.mark.parametrize("scope", NEEDED)
async def test_a_missing_scope_is_named_with_what_breaks(scope: str) -> None:
    async with FakeSlack() as slack:
        slack.team.scopes = set(BOT_SCOPES) - {scope}
        wrong = [seen for seen in await looked(slack) if seen.level == "wrong"]
        assert [seen.code for seen in wrong] == [NEEDED[scope]]
        assert scope in render(wrong[0].code, "en", **wrong[0].details)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"bot_token": "xoxb-wrong"}, "slack.token"),
        ({"app_token": "xapp-wrong"}, "slack.app_token"),
        ({"api_url": "http://127.0.0.1:9/api/"}, "slack.away"),
    ],
)
async def test_what_is_wrong_is_named(more: dict[str, str], code: str) -> None:
    async with FakeSlack() as slack:
        slack.team.scopes = set(BOT_SCOPES)
        assert [seen.code for seen in await looked(slack, **more) if seen.level == "wrong"] == [code]


async def test_the_doctor_says_what_it_found_in_slack(tmp_path: object) -> None:
    async with FakeSlack() as slack:
        slack.team.scopes = set(BOT_SCOPES)
        values = {name.lower(): value for name, value in slack.environment.items()}
        given = Settings.model_validate({"data_dir": tmp_path, **values, "slack_signing_secret": "s"})
        codes = [finding.code async for finding in examine(given)]
        assert {"slack.found", "slack.found_socket", "slack.found_http"} <= set(codes)


def test_the_manifest_is_printed_for_both_ways_in(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["manifest", "slack"])
    socket = json.loads(capsys.readouterr().out)
    with pytest.raises(SystemExit):
        main(["manifest", "slack", "--url", "https://saseo.example.com/"])
    over_http = json.loads(capsys.readouterr().out)
    assert socket == manifest()
    assert socket["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in str(socket)
    assert over_http["settings"]["event_subscriptions"]["request_url"] == "https://saseo.example.com/slack/events"
    assert over_http["settings"]["interactivity"]["request_url"] == "https://saseo.example.com/slack/interactions"
    assert {one["url"] for one in over_http["features"]["slash_commands"]} == {
        "https://saseo.example.com/slack/commands"
    }


def test_the_manifest_keeps_the_limits_of_slack() -> None:
    made = manifest()
    assert len(made["features"]["agent_view"]["agent_description"]) <= 300
    assert len(made["features"]["agent_view"]["suggested_prompts"]) <= 4
    assert len(made["display_information"]["description"]) <= 140
    assert all(command["should_escape"] for command in made["features"]["slash_commands"])
    assert set(NEEDED) <= set(made["oauth_config"]["scopes"]["bot"])


async def test_an_app_that_is_installed_by_others_is_looked_at_without_a_token() -> None:
    async with FakeSlack() as slack:
        found = await looked(slack, bot_token=None, permission=permission(slack))
        assert [seen.code for seen in found] == [
            "slack.found_client",
            "slack.found_install",
            "slack.found_events",
            "slack.found_socket",
        ]
        wrong = await looked(slack, permission=permission(slack, client_secret="wrong"))
        assert [seen.code for seen in wrong if seen.level == "wrong"] == ["slack.client"]
        assert await slack_codes(slack, permission=permission(slack, client_id="1.2")) == ["slack.client"]


async def slack_codes(slack: FakeSlack, **more: Any) -> list[str]:
    slack.team.scopes = set(BOT_SCOPES)
    return [seen.code for seen in await looked(slack, **more) if seen.level == "wrong"]


async def test_the_doctor_counts_installations_and_names_a_lost_key(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        app = slack.world.app
        given = Settings.model_validate(
            {
                "data_dir": tmp_path,
                "slack_client_id": app.client_id,
                "slack_client_secret": app.client_secret,
                "slack_app_token": slack.app_token,
                "slack_api_url": slack.api_url,
            }
        )
        async with open_store(tmp_path / "saseo.db") as store:
            await store.installations.save(Installation("slack", "T1", "xoxb-1"))
        good = {finding.code: finding async for finding in examine(given)}
        assert good["doctor.slack_installed"].details == {"count": 1}
        assert good["slack.found_client"].level == "good"
        (tmp_path / "secret.key").unlink()
        lost = {finding.code: finding async for finding in examine(given)}
        assert lost["seal.lost_some"].level == "wrong"


def test_with_an_address_the_app_can_be_installed_over_either_way_in() -> None:
    redirects = ["https://saseo.example.com/slack/oauth_redirect"]
    for over, socket in (("http", False), ("socket", True)):
        made = manifest(url="https://saseo.example.com/", over=over)  # type: ignore[arg-type]
        assert made["oauth_config"]["redirect_urls"] == redirects
        assert made["settings"]["socket_mode_enabled"] is socket
        assert ("request_url" in str(made["settings"])) is not socket
    assert "redirect_urls" not in manifest()["oauth_config"]
