"""Who may come into the console, and with what they sign in, as these settings say."""

from typing import TYPE_CHECKING

from bot.settings import Settings
from core.errors import Refused
from core.people import Roster

if TYPE_CHECKING:
    from adapters.http.console.house import House
    from adapters.signing_in import Way
    from core.saseo import Saseo


def house(saseo: "Saseo", settings: Settings) -> "House":
    """The ways into the console. Raises Refused where one of them lacks a setting."""
    from adapters.http.console.house import House

    make = {"slack": _slack, "discord": _discord}
    return House(
        token=None if settings.api_token is None else settings.api_token.get_secret_value(),
        ways={name: make[name](saseo, settings) for name in dict.fromkeys(settings.console_sign_in)},
        roster=Roster(frozenset(settings.console_administrators), frozenset(settings.console_editors)),
        url=settings.console_url,
    )


def _slack(saseo: "Saseo", settings: Settings) -> "Way":
    from adapters.slack.adapter import SLACK_URL
    from adapters.slack.signing_in import SlackSignIn

    if settings.slack_client_id is None or settings.slack_client_secret is None:
        raise Refused("signing.slack_client")
    return SlackSignIn(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        api_url=settings.slack_api_url or SLACK_URL,
        installations=saseo.installations,
        bot_token=None if settings.slack_bot_token is None else settings.slack_bot_token.get_secret_value(),
    )


def _discord(_: "Saseo", settings: Settings) -> "Way":
    from adapters.discord.signing_in import DiscordSignIn

    client_id, secret, token = settings.discord_client_id, settings.discord_client_secret, settings.discord_token
    if client_id is None or secret is None or token is None:
        raise Refused("signing.discord_client")
    return DiscordSignIn(
        client_id=client_id,
        client_secret=secret.get_secret_value(),
        bot_token=token.get_secret_value(),
        api_url=settings.discord_api_url,
    )
