"""Reads whose data is meant, as people write it: a person or a channel. Pure."""

from core.channels import channel_of
from core.errors import Refused
from core.subjects import Individual, Subject
from core.types import Session

SLACK_PEOPLE = ("U", "W")
SLACK_DIRECT = "D"
DISCORD_DIRECT = "@me"


def subject_of(text: str) -> Subject:
    """The person of `slack:T1:U1` or `discord:1`, or the channel of `slack:T1:C1` or `discord:1:2`. Raises Refused."""
    platform, *rest = text.strip().split(":", 2)
    try:
        if len(rest) == 1:
            return Individual(platform, rest[0])
        if platform == "slack" and rest[-1:] and rest[-1].startswith(SLACK_PEOPLE):
            return Individual(platform, rest[-1], workspace=rest[0])
        return channel_of(Session.parse(text.strip()))
    except ValueError as error:
        raise Refused("subject.unknown", name=text[:100]) from error


def is_direct(session: Session) -> bool:
    """Whether a session is a conversation of the bot with one person."""
    slack = session.platform == "slack" and session.channel.startswith(SLACK_DIRECT)
    return slack or (session.platform == "discord" and session.workspace == DISCORD_DIRECT)
