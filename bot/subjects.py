"""Puts together what hands over and erases the data of a person or a channel."""

from typing import TYPE_CHECKING, Union

from adapters.subjects import is_direct
from core.audit import AuditLog
from core.belongings import Belongings
from core.channels import Channels
from core.erasing import Erasing
from core.exporting import Exporting
from core.installations import Seal
from core.knowledge import Knowledge
from core.library import Library
from core.ports import History

if TYPE_CHECKING:
    from bot.stores import AnyStore
    from core.backends.memory import MemoryStore


def subjects_of(
    store: Union["AnyStore", "MemoryStore"],
    *,
    library: Library,
    knowledge: Knowledge,
    channels: Channels,
    history: History,
    audit: AuditLog,
    seal: Seal,
) -> tuple[Exporting, Erasing]:
    """What hands over, and what erases."""
    belongings = Belongings(
        traces=store.traces,
        catalogue=store.catalogue,
        shelves=store.shelves,
        shares=store.shares,
        direct=is_direct,
    )
    exporting = Exporting(belongings=belongings, channels=channels, history=history, audit=audit, mark=seal.mark)
    erasing = Erasing(
        belongings=belongings,
        library=library,
        knowledge=knowledge,
        answers=store.answers,
        inbox=store.inbox,
        channels=channels,
        history=history,
        audit=audit,
        mark=seal.mark,
        scrub=store.scrub,
    )
    return exporting, erasing
