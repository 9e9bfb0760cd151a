"""The assembled core, as adapters and the command line hold it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.answers import Answers
from core.audit import AuditLog
from core.backup import Backup
from core.chat import Chat
from core.erasing import Erasing
from core.errors import Refused
from core.exporting import Exporting
from core.inbox import Inbox
from core.installations import Installations, Seal
from core.jobs import Jobs
from core.knowledge import Knowledge
from core.leases import Leases
from core.library import Library
from core.looks import Looks
from core.measuring import SILENT, Recorder
from core.noticing import Noticing
from core.ports import Catalogue, Claims, History, Shelves
from core.remembered_channels import RememberedChannels
from core.retrieval import Retrieval
from core.review import Review
from core.roots import Roots
from core.unanswered import Unanswered
from core.visits import Visits

Check = Callable[[], Awaitable[None]]
"""Asks a service whether it works; raises Unavailable or Refused when it does not."""
MakeBackup = Callable[[Path | None], Awaitable[Backup]]
"""Writes a backup of everything to a file that is not there yet; without one, to a file that the caller deletes. Raises
Refused or Unavailable."""


async def _none() -> Mapping[str, Any]:
    return {}


async def _nothing() -> bytes:
    return b""


async def _not_kept(_: Path | None) -> Backup:
    """What lives in memory alone ends with its process."""
    raise Refused("backup.not_kept")


@dataclass(frozen=True, slots=True)
class Saseo:
    """Everything an adapter may call."""

    chat: Chat
    library: Library
    roots: Roots
    """Looks at links again, with the sites that they belong to."""
    retrieval: Retrieval
    catalogue: Catalogue
    shelves: Shelves
    history: History
    answers: Answers
    review: Review
    """What was asked, for whoever looks after the bot."""
    unanswered: Unanswered
    inbox: Inbox
    knowledge: Knowledge
    channels: RememberedChannels
    noticing: Noticing
    """An adapter that delivers notices says so here."""
    claims: Claims
    leases: Leases
    installations: Installations
    seal: Seal
    visits: Visits
    """Who is signed in to the console."""
    audit: AuditLog
    looks: Looks
    """How checks of documents ended."""
    exporting: Exporting
    """Hands over what is kept of a person or a channel."""
    erasing: Erasing
    checks: Mapping[str, Check] = field(default_factory=dict)
    figures: Callable[[], Awaitable[Mapping[str, Any]]] = _none
    """Figures of the machine, the model and the indexes for statistics; values are numbers or text."""
    jobs: Jobs | None = None
    """Where other processes do what this one decides on; None: this process is alone."""
    recorder: Recorder = SILENT
    backup: MakeBackup = _not_kept
    exposition: Callable[[], Awaitable[bytes]] = _nothing
    """All that was measured, as Prometheus reads it."""
