"""Connecting platforms: what they need to know of the bot."""

import json
from enum import StrEnum
from typing import Annotated

import typer


class Platform(StrEnum):
    """Platforms that are given a manifest."""

    slack = "slack"


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command()(manifest)


def manifest(
    platform: Annotated[Platform, typer.Argument(help="The platform.")],
    url: Annotated[
        str | None, typer.Option(help="The bot's public address, for HTTP; without it, for Socket Mode.")
    ] = None,
) -> None:
    """Prints what an app on a platform is made from."""
    from adapters.slack.manifest import manifest as for_slack

    makers = {Platform.slack: for_slack}
    print(json.dumps(makers[platform](url=url), ensure_ascii=False, indent=2))  # noqa: T201
