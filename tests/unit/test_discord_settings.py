"""Which settings connect Discord, and what is said of those that do not."""

from pathlib import Path
from typing import Any

import pytest

from adapters.discord.endpoint import API_URL, GATEWAY_URL, api_address, connect_to
from adapters.discord.inbound import Rules
from bot.cli import main
from bot.cli.greeting import greeting
from bot.cli.terminal import exit_code
from bot.roles import build, chosen, discord_options
from bot.settings import Settings, load_settings
from core.errors import Refused
from tests.fakes.saseo import Core

ELSEWHERE = {"discord_api_url": "http://127.0.0.1:1/api/v10", "discord_gateway_url": "ws://127.0.0.1:1/"}


def settings(**values: Any) -> Settings:
    return Settings.model_validate(values)


def without_variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_discord_runs_where_it_is_configured() -> None:
    assert chosen(None, settings()) == ("http", "scheduler")
    assert chosen(None, settings(discord_token="t")) == ("http", "discord", "scheduler")
    assert chosen("discord", settings(discord_token="t")) == ("discord",)


def test_without_a_token_the_role_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        chosen("discord", settings())
    assert refusal.value.code == "discord_connection.no_token"
    assert exit_code(refusal.value) == 2
    with pytest.raises(Refused):
        build(Core().saseo, settings(), ("discord",))


@pytest.mark.parametrize(
    "code",
    ["addresses", "closed", "intent", "no_token", "sharding", "token"],
)
def test_what_cannot_be_mended_by_waiting_ends_the_start_as_wrong_settings_do(code: str) -> None:
    assert exit_code(Refused(f"discord_connection.{code}", number=4012)) == 2


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"DISCORD_API_URL": "http://127.0.0.1:1"}, "discord_connection.addresses"),
        ({"DISCORD_GATEWAY_URL": "ws://127.0.0.1:1"}, "discord_connection.addresses"),
        ({"DISCORD_API_URL": "discord.com", "DISCORD_GATEWAY_URL": "ws://127.0.0.1:1"}, "settings.url"),
        ({"DISCORD_API_URL": "http://a", "DISCORD_GATEWAY_URL": "http://127.0.0.1:1"}, "settings.url"),
        ({"DISCORD_MESSAGE_CONTENT": "perhaps"}, "settings.boolean"),
        ({"DISCORD_TOKEN": "Bot abc"}, "settings.secret"),
    ],
)
def test_settings_that_are_not_whole_are_refused(
    variables: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_variables(monkeypatch, **variables)
    with pytest.raises(Refused) as refusal:
        load_settings(Path("/nonexistent"))
    assert refusal.value.code == code
    assert "abc" not in refusal.value.text()


def test_the_options_hold_what_was_set(tmp_path: Path) -> None:
    given = settings(
        **ELSEWHERE,
        discord_token="t-o-k-e-n",
        data_dir=tmp_path,
        discord_message_content="true",
        discord_sharded="true",
        session_scope="thread",
        thread_follow_up_hours=1,
        max_file_mb=1,
        discord_allowed_channels="1, 2",
        discord_blocked_channels="3",
        discord_allowed_users="4",
        discord_blocked_users="5",
        discord_allowed_bots="6",
    )
    options = discord_options(given)
    assert options is not None
    assert (options.message_content, options.sharded, options.data_dir) == (True, True, tmp_path)
    assert (options.session_scope, options.follow_up_hours, options.most_bytes) == ("thread", 1, 1024 * 1024)
    assert {"discord_api_url": options.api_url, "discord_gateway_url": options.gateway_url} == ELSEWHERE
    assert options.rules == Rules(
        allowed_channels=frozenset({"1", "2"}),
        blocked_channels=frozenset({"3"}),
        allowed_users=frozenset({"4"}),
        blocked_users=frozenset({"5"}),
        allowed_bots=frozenset({"6"}),
    )
    assert "t-o-k-e-n" not in repr(options)
    assert discord_options(settings()) is None


def test_the_role_is_built_from_the_settings() -> None:
    (role,) = build(Core().saseo, settings(discord_token="t"), ("discord",))
    assert role.name == "discord"


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_the_start_says_whether_all_messages_are_read(locale: str) -> None:
    names = ("discord",)
    off = greeting(settings(discord_token="t"), names, locale)[0]
    on = greeting(settings(discord_token="t", discord_message_content=True), names, locale)[0]
    assert off != on
    assert "DISCORD_TOKEN" in greeting(settings(), ("http",), locale)[1]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (None, API_URL),
        ("http://127.0.0.1:1", "http://127.0.0.1:1/api/v10"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:1/api/v10"),
        ("http://127.0.0.1:1/api/v10/", "http://127.0.0.1:1/api/v10"),
        ("http://127.0.0.1:1/discord", "http://127.0.0.1:1/discord"),
    ],
)
def test_an_address_without_a_path_is_that_of_the_api(url: str | None, address: str) -> None:
    assert api_address(url) == address


def test_discord_py_is_pointed_elsewhere_and_back() -> None:
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    connect_to("http://127.0.0.1:1", "ws://127.0.0.1:2/")
    assert Route("GET", "/users/@me").url == "http://127.0.0.1:1/api/v10/users/@me"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "ws://127.0.0.1:2/"
    connect_to(None, None)
    assert Route("GET", "/users/@me").url == f"{API_URL}/users/@me"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == GATEWAY_URL


def test_commands_are_not_told_without_a_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without_variables(monkeypatch, DATA_DIR=str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(["sync-commands"])
    assert end.value.code == 2
    assert "DISCORD_TOKEN" in capsys.readouterr().err
