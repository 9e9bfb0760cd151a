"""Puts together what follows up on changes of documents, and what looks for those that are missing."""

from typing import TYPE_CHECKING

from core.chat import Chat
from core.evidence import Evidence
from core.following import Following
from core.gaps import Gaps
from core.noticing import Noticing
from core.ports import Embedder
from core.remembered import RememberingEmbedder
from core.unanswered import LOOKED_AT, Unanswered

if TYPE_CHECKING:
    from bot.parts import Parts


def following(parts: "Parts", *, chat: Chat, evidence: Evidence, embedder: Embedder, noticing: Noticing) -> Following:
    """Corrects answers, closes gaps and tells of dead links, with the parts of one core."""
    store = parts.store
    gaps = Gaps(
        answers=store.answers,
        chat=chat,
        evidence=evidence,
        dense=parts.dense,
        lexical=parts.lexical,
        embedder=embedder,
        shelves=store.shelves,
        noticing=noticing,
    )
    return Following(
        changes=store.changes,
        catalogue=store.catalogue,
        shelves=store.shelves,
        shares=store.shares,
        answers=store.answers,
        chat=chat,
        gaps=gaps,
        noticing=noticing,
    )


def unanswered(parts: "Parts") -> Unanswered:
    """Groups what could not be answered. The built-in model compares sentences, whatever else searches."""
    return Unanswered(parts.store.review, RememberingEmbedder(parts.embedded, kept=2 * LOOKED_AT))
