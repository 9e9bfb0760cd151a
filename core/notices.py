"""What the bot says by itself: that an answer has changed, that one was found, that a link is dead.

A notice waits in the inbox, held by nobody, under the name of what it is about and what happened to it. Whoever
takes up that platform's items delivers it, once, and finishes it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Self

from core.inbox import Accepted
from core.types import Answer, Language, Session, Source, Usage

Kind = Literal["changed", "withdrawn", "found", "dead"]
"""The answer is another one now; the documents no longer hold one; they hold one now; a shared link is dead."""
KINDS: tuple[Kind, ...] = ("changed", "withdrawn", "found", "dead")
NOTICE = "notice"
"""The field of a body that tells a notice from a question."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell in a thread, without a ping. Whoever delivers it asks `Noticing.stands` right before, and
    finishes it untold where it stands no longer."""

    id: str
    """Its name in the inbox."""
    kind: Kind
    about: str
    """The id of the question, or the name of the share."""
    session: Session
    thread: str = ""
    author: str = ""
    locale: Language = "en"
    question: str = ""
    answer: Answer | None = None
    """The answer as it is now; its sources hold the new excerpts."""
    old_excerpt: str = ""
    new_excerpt: str = ""
    """Of the document that changed; empty where it no longer says anything about it."""
    title: str = ""
    """Of the document that changed, arrived or died."""
    url: str | None = None
    document_id: str = ""
    """Of the same."""

    @property
    def documents(self) -> frozenset[str]:
        """The ids of all documents that it shows something of."""
        shown = () if self.answer is None else (*self.answer.sources, *self.answer.further)
        return frozenset({self.document_id, *(source.document_id for source in shown)})

    def item(self) -> Accepted:
        """As the inbox takes it."""
        return Accepted(self.id, self.thread or self.about, self.dump())

    def dump(self) -> dict[str, Any]:
        """As JSON holds it."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        answer = None if self.answer is None else _dump(self.answer)
        return {NOTICE: self.kind, **plain, "session": str(self.session), "answer": answer}

    @classmethod
    def load(cls, body: Mapping[str, Any]) -> Self:
        """The notice that `dump` wrote."""
        answer = body["answer"]
        return cls(
            **{name: body[name] for name in _PLAIN},
            kind=body[NOTICE],
            session=Session.parse(body["session"]),
            answer=None if answer is None else _load(answer),
        )


_PLAIN = (
    "id",
    "about",
    "thread",
    "author",
    "locale",
    "question",
    "old_excerpt",
    "new_excerpt",
    "title",
    "url",
    "document_id",
)


def is_notice(body: Mapping[str, Any]) -> bool:
    """Whether an item of the inbox is a notice and no question."""
    return body.get(NOTICE) in KINDS


def _dump(answer: Answer) -> dict[str, Any]:
    """An answer as JSON holds it."""
    whole = asdict(answer)
    for name in ("sources", "further"):
        whole[name] = [{**source, "read_at": source["read_at"].isoformat()} for source in whole[name]]
    return whole


def _load(body: Mapping[str, Any]) -> Answer:
    sources, further = (tuple(map(_source, body[name])) for name in ("sources", "further"))
    lists = {"sources": sources, "further": further, "nearest": tuple(body["nearest"]), "usage": Usage(**body["usage"])}
    return Answer(**{**body, **lists})


def _source(body: Mapping[str, Any]) -> Source:
    return Source(**{**body, "read_at": datetime.fromisoformat(body["read_at"])})
