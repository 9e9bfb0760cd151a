"""Takes the words of a message in as a document, which goes when the message goes."""

from dataclasses import replace

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import Asked, word
from adapters.slack.membership import Membership
from adapters.slack.offering import TEXT
from core.audience import shelf
from core.library import Added
from core.saseo import Saseo
from core.shares import Share
from core.types import Session

LIMIT = 40_000
"""Characters: as long as a message can be."""
TITLE_LIMIT = 80


async def learn_words(saseo: Saseo, api: Api, membership: Membership, place: Asked, message: str) -> Added:
    """The words of `place` were written in a message there. Raises Refused or Unavailable."""
    session = place.channel_session
    text = place.text[:LIMIT].strip()
    title = text.partition("\n")[0].lstrip("#").strip()[:TITLE_LIMIT] or message
    return await saseo.knowledge.share_file(
        text.encode(),
        name=f"{title}.md",
        origin=words_origin(session, message),
        scope=shelf(await membership.place(replace(place, way="command"))),
        share=Share(session, message, TEXT),
        media_type="text/markdown",
        title=title,
        url=await _permalink(api, place.channel, message),
    )


def words_origin(session: Session, message: str) -> str:
    """What the words of a message are called among documents."""
    return f"{session}:{message}"


async def _permalink(api: Api, channel: str, ts: str) -> str | None:
    try:
        told = await api.call("chat.getPermalink", channel=channel, message_ts=ts)
    except (Declined, Unclear):
        return None
    return word(told, "permalink") or None
