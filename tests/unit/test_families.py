"""Calls of a platform are counted by few words, whatever their addresses hold."""

import pytest
from yarl import URL

from adapters.discord.families import family as discord_family
from adapters.slack.families import family as slack_family


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://slack.com/api/chat.postMessage", "chat"),
        ("https://slack.com/api/assistant.threads.setStatus", "assistant"),
        ("https://files.slack.com/files-pri/T1-F1/download/report.pdf", "other"),
        ("https://hooks.slack.com/commands/T1/2/secret", "other"),
    ],
)
def test_a_call_of_slack_is_of_the_family_of_its_method(url: str, word: str) -> None:
    assert slack_family(URL(url)) == word


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://discord.com/api/v10/channels/17/messages/18", "channels"),
        ("https://discord.com/api/v10/webhooks/17/secret/messages/@original", "webhooks"),
        ("https://discord.com/api/v10/gateway/bot", "gateway"),
        ("wss://gateway.discord.gg/?v=10", "other"),
    ],
)
def test_a_call_of_discord_is_of_the_family_of_its_route(url: str, word: str) -> None:
    assert discord_family(URL(url)) == word
