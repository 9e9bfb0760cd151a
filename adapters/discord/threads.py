"""What was said before a question: the message it replies to, and the thread that it calls the bot into."""

import logging

from adapters.discord.api import Api, Declined, Unclear
from adapters.discord.escaping import plain
from adapters.discord.inbound import Asked
from core.types import Turn

log = logging.getLogger(__name__)

LIMIT = 15
TURN_LIMIT = 2000
"""Characters of one message that matter."""


async def conversation(api: Api, asked: Asked, *, me: str) -> tuple[Turn, ...]:
    """What was said before, oldest first; nothing where Discord does not tell."""
    before = await _thread(api, asked, me=me) if asked.joins else ()
    if not asked.about:
        return before
    about = Turn("ai" if asked.about_me else "human", asked.about[:TURN_LIMIT], asked.received_at)
    return (*(turn for turn in before if turn.text != about.text), about)


async def _thread(api: Api, asked: Asked, *, me: str) -> tuple[Turn, ...]:
    """The thread so far, read once. It may have been opened on a message of its channel, whose id it then has."""
    try:
        spoken = await api.before(asked.target, asked.message, limit=LIMIT)
        if len(spoken) < LIMIT and all(said.id != asked.thread for said in spoken):
            spoken = [*await api.message(asked.channel, asked.thread), *spoken]
    except (Declined, Unclear) as error:
        log.warning("answering without the thread so far: %s", error)
        return ()
    return tuple(
        Turn("ai" if said.user == me else "human", plain(said.text, me=me)[:TURN_LIMIT], said.at)
        for said in spoken
        if said.text.strip()
    )
