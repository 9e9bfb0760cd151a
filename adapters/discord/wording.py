"""Takes the words of a message in as a document, which goes when the message goes."""

from adapters.discord.offering import TEXT
from core.knowledge import Knowledge
from core.library import Added
from core.shares import Share
from core.types import Scope, Session

LIMIT = 10_000
"""Characters: more than a message can have."""
TITLE_LIMIT = 80


async def learn_words(knowledge: Knowledge, text: str, *, session: Session, message: str, scope: Scope) -> Added:
    """These words stand in a message of a channel or thread. Raises Refused or Unavailable."""
    words = text[:LIMIT].strip()
    title = words.partition("\n")[0].lstrip("#").strip()[:TITLE_LIMIT] or message
    return await knowledge.share_file(
        words.encode("utf-8", "replace"),
        name=f"{title}.md",
        origin=f"{session}:{message}",
        scope=scope,
        share=Share(session, message, TEXT),
        media_type="text/markdown",
        title=title,
        url=address(session, message),
    )


def address(session: Session, message: str) -> str:
    """Opens a message in Discord."""
    return f"https://discord.com/channels/{session.workspace}/{session.channel}/{message}"
