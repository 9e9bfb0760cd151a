"""Hands over what is kept of a person or a channel: an archive with a file of JSON for each kind."""

import asyncio
import json
import os
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from core.audit import AuditLog
from core.belongings import Belongings
from core.channels import Channels
from core.errors import Refused
from core.messages import render
from core.naming import record_of
from core.ports import History
from core.subjects import Individual, Subject
from core.types import Audience, Passage, Scope, Session, Turn, now

EXPORTED = "subject.exported"
FORMAT = 1
MANIFEST = "manifest.json"
MOST_TURNS = 200
BLOCK = 256 * 1024
"""Characters that are written at once."""
HIDDEN = ("profile",)
"""What is reckoned from the text."""

Rows = Callable[[], AsyncIterator[Any]]


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said lately in a session."""

    session: Session
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Exporting:
    """Raises Refused where it cannot be written, and Unavailable."""

    belongings: Belongings
    channels: Channels
    history: History
    audit: AuditLog
    mark: Callable[[str], str]
    """Names somebody without telling who it is."""

    async def export(self, whose: Subject, target: Path, *, by: str, locale: str = "en") -> Mapping[str, int]:
        """Writes an archive that is not there yet and that only its owner may read; returns how much of each kind is
        in it. `by` is who wants it, for the audit log."""
        if await asyncio.to_thread(target.exists):
            raise Refused("subject.exists", path=target)
        beside = target.with_name(f".{target.name}.part")
        try:
            await asyncio.to_thread(_make, beside)
            try:
                counts = await self._write(whose, beside, locale)
                await asyncio.to_thread(beside.rename, target)
            finally:
                await asyncio.shield(asyncio.to_thread(beside.unlink, missing_ok=True))
        except OSError as error:
            raise Refused("subject.unwritten", path=target, reason=error.strerror or str(error)) from error
        await self.audit.note(by, EXPORTED, **record_of(whose, self.mark))
        return counts

    async def _write(self, whose: Subject, path: Path, locale: str) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for kind, rows in self._kinds(whose).items():
                with archive.open(f"{kind}.json", "w", force_zip64=True) as file:
                    counts[kind] = await _list(rows(), file.write)
            about = {
                f"{kind}.json": {"about": render(f"subject.about_{kind}", locale), "count": counts[kind]}
                for kind in counts
            }
            manifest = {"format": FORMAT, "subject": str(whose), "made_at": now().isoformat(), "files": about}
            archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2))
        return counts

    def _kinds(self, whose: Subject) -> Mapping[str, Rows]:
        """What there is to write, by the name of its file."""
        of = self.belongings
        known: dict[str, Rows] = {
            "waiting": partial(of.owed, whose),
            "conversations": partial(self._talks, whose),
            "documents": partial(of.documents, whose),
            "passages": partial(self._passages, whose),
        }
        if isinstance(whose, Individual):
            return {
                "questions": partial(of.questions, whose),
                "feedback": partial(of.judgements, whose),
                "visits": partial(of.visits, whose),
                "deeds": partial(of.deeds, whose),
                **known,
            }
        return {
            "questions": partial(of.public_questions, whose),
            "settings": partial(self._settings, whose),
            "shares": partial(of.places, whose),
            **known,
        }

    async def _talks(self, whose: Subject) -> AsyncIterator[Talk]:
        for session in await self.belongings.own_sessions(whose):
            turns = await self.history.recent(session, limit=MOST_TURNS)
            if turns:
                yield Talk(session, tuple(turns))

    async def _passages(self, whose: Subject) -> AsyncIterator[Passage]:
        async for document in self.belongings.documents(whose):
            async for passage in self.belongings.passages(document):
                yield passage

    async def _settings(self, whose: Session) -> AsyncIterator[Mapping[str, Any]]:
        yield (await self.channels.get(whose)).dump()


def read_counts(path: Path) -> Mapping[str, int]:
    """How much of each kind is in an archive. Blocks."""
    with zipfile.ZipFile(path) as archive:
        files = json.loads(archive.read(MANIFEST))["files"]
    return {name.removesuffix(".json"): about["count"] for name, about in files.items()}


def _make(path: Path) -> None:
    """An empty file for its owner alone, in the place of what was broken off."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def plain(value: Any) -> Any:
    """A value as JSON has it: dates in ISO 8601, sessions and scopes by their names."""
    if isinstance(value, Session | Scope):
        return str(value)
    if isinstance(value, Audience):
        return sorted(map(str, value.scopes))
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.name not in HIDDEN}
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


async def _list(rows: AsyncIterator[Any], write: Callable[[bytes], object]) -> int:
    """Writes rows as a list in JSON, a line each, and returns how many there were."""
    count, waiting, size = 0, ["["], 0
    async for row in rows:
        line = json.dumps(plain(row), ensure_ascii=False)
        waiting.append(f"{',' if count else ''}\n{line}")
        count, size = count + 1, size + len(line)
        if size >= BLOCK:
            await asyncio.to_thread(write, _encoded(waiting))
            waiting, size = [], 0
    await asyncio.to_thread(write, _encoded([*waiting, "\n]\n"]))
    return count


def _encoded(parts: list[str]) -> bytes:
    # Half a pair of surrogates, which people may send, is no text.
    return "".join(parts).encode(errors="replace")
