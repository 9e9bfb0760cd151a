"""The thread so far, for a question in its middle: read from Slack once, since Slack grants few such reads."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.escaping import plain
from adapters.slack.inbound import Asked, Me, word
from core.types import Turn

log = logging.getLogger(__name__)

LIMIT = 15
"""Slack grants apps that are distributed no more at once."""
TURN_LIMIT = 2000
"""Characters of one message that matter."""


async def thread_so_far(api: Api, me: Me, asked: Asked) -> tuple[Turn, ...]:
    """What was said before in this thread, oldest first; nothing where Slack does not tell."""
    try:
        told = await api.call(
            "conversations.replies",
            patience=3.0,
            channel=asked.channel,
            ts=asked.thread,
            latest=asked.ts,
            inclusive=False,
            limit=LIMIT,
        )
    except (Declined, Unclear) as error:
        log.warning("answering without the thread so far: %s", error)
        return ()
    listed = [message for message in told.get("messages", ()) if isinstance(message, Mapping)]
    before = [message for message in listed if word(message, "ts") < asked.ts and word(message, "text")]
    return tuple(_turn(message, me) for message in before[-LIMIT:])


def _turn(message: Mapping[str, object], me: Me) -> Turn:
    own = word(message, "user") == me.user or (me.bot != "" and word(message, "bot_id") == me.bot)
    text = plain(word(message, "text"), me=me.user)[:TURN_LIMIT]
    return Turn("ai" if own else "human", text, _moment(word(message, "ts")))


def _moment(ts: str) -> datetime:
    """When a message was posted: its `ts` is seconds since 1970 with a fraction."""
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
