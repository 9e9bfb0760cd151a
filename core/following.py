"""Follows up on what became of documents: corrects answers, answers what was open, tells of links that died."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from core.answers import Answered, Answers
from core.changes import Change, Changes
from core.chat import Chat
from core.corrections import lost, misled, nearest, plain, rested, shown
from core.errors import Refused, SaseoError, Unavailable
from core.gaps import Gaps, again
from core.notices import Notice
from core.noticing import Noticing
from core.ports import Catalogue, Shelves
from core.shares import Shares, within
from core.types import GUIDE, Document, now

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Changes that are followed up together: what is still open is asked once for all of them."""
ANSWERS_CHECKED = 100
"""The latest answers that cite a document that changed."""
SHARES_TOLD = 50
KEPT_TRUE = timedelta(days=30)
"""Older answers are left as they are."""
QUIET = 10.0
"""Seconds that changes are left to gather."""
PATIENCE = 60.0
"""Seconds after which what failed is tried again."""


class Following:
    """Works on changes, one after the other, beside everything else. Repeating it does no harm."""

    def __init__(
        self,
        *,
        changes: Changes,
        catalogue: Catalogue,
        shelves: Shelves,
        shares: Shares,
        answers: Answers,
        chat: Chat,
        gaps: Gaps,
        noticing: Noticing,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._changes = changes
        self._catalogue = catalogue
        self._shelves = shelves
        self._shares = shares
        self._answers = answers
        self._chat = chat
        self._gaps = gaps
        self._noticing = noticing
        self._clock = clock

    async def run(self, *, quiet: float = QUIET, patience: float = PATIENCE) -> None:
        """Follows up whatever comes, until it is cancelled, once somebody delivers what there is to tell."""
        await self._noticing.ready.wait()
        settled = True
        while True:
            if settled:
                await self._changes.waiting()
            await asyncio.sleep(quiet if settled else patience)
            settled = await self._all_settled()

    async def settle(self) -> int:
        """Follows up on the oldest changes, and returns how many there were. Raises Unavailable, and then some of
        them are still pending."""
        changes = await self._changes.pending(limit=AT_ONCE)
        arrived: list[Document] = []
        for change in changes:
            document = await self._catalogue.find(change.document_id)
            if document is not None and document.scope != GUIDE:
                await self._guarded(change, document)
                if change.kind == "content":
                    arrived.append(document)
        if arrived:
            await self._gaps.close(arrived)
        for change in changes:
            await self._changes.settled(change)
        return len(changes)

    async def _all_settled(self) -> bool:
        try:
            while await self.settle():
                pass
        except Unavailable as error:
            log.warning("following up later: %s", error.code)
            return False
        except Exception:
            log.exception("following up later")
            return False
        return True

    async def _guarded(self, change: Change, document: Document) -> None:
        """What cannot be followed up is left, so that it never keeps the rest waiting."""
        try:
            if change.kind == "dead":
                await self._died(document)
            else:
                await self._changed(document)
        except Unavailable:
            raise
        except SaseoError as error:
            log.warning("cannot follow up on document %s: %s", document.id, error.code)
        except Exception:
            log.exception("cannot follow up on document %s", document.id)

    async def _changed(self, document: Document) -> None:
        """Looks at every answer that cites an older version of a document."""
        since = self._clock() - KEPT_TRUE
        rows = await self._answers.citing(document.id, before=document.version, since=since, limit=ANSWERS_CHECKED)
        if not rows:
            return
        passages = await self._shelves.passages(document.id)
        text = await asyncio.to_thread(plain, "\n".join(passage.text for passage in passages))
        for row in rows:
            own = [one for one in row.citations if one.document_id == document.id]
            gone = await asyncio.to_thread(lost, own, text)
            if not gone or not row.answer or not await self._corrected(row, document, gone):
                await self._answers.checked(row.id, document.id, version=document.version)

    async def _corrected(self, row: Answered, document: Document, gone: Sequence[str]) -> bool:
        """Asks a question again, and tells where the answer says something else by now. Where nobody is told, it is
        noted that it may no longer hold."""
        if not await self._noticing.wanted(row.session):
            if rested(row, gone):
                await self._answers.doubt(row.id)
            return False
        try:
            answer = await self._chat.reconsider(again(row))
        except Refused as error:
            log.warning("cannot ask a question again: %s", error.code)
            return False
        sentences = misled(row, gone, answer)
        if not sentences:
            return False
        withdrawn = answer.outcome == "not_found"
        notice = Notice(
            id=f"{row.id}+changed:{document.version}",
            kind="withdrawn" if withdrawn else "changed",
            about=row.id,
            session=row.session,
            thread=row.thread,
            author=row.author,
            locale=row.locale,
            question=row.text,
            answer=answer,
            old_excerpt=shown("\n".join(sentences)),
            new_excerpt="" if withdrawn else nearest(sentences[0], answer, document.id),
            title=document.title,
            url=document.url,
            document_id=document.id,
        )
        if not await self._noticing.put(notice):
            await self._answers.doubt(row.id)
            return False
        await self._answers.revise(row.id, answer)
        return True

    async def _died(self, document: Document) -> None:
        """Tells every channel where a link was shared that it is dead."""
        told = set()
        for share in await self._shares.of(document.id, limit=SHARES_TOLD):
            if share.session in told:
                continue
            told.add(share.session)
            notice = Notice(
                id=f"{share}+dead:{document.version}",
                kind="dead",
                about=str(share),
                session=share.session,
                thread=within(share.session, message=share.message).rstrip(":"),
                title=document.title,
                url=document.url,
                document_id=document.id,
            )
            await self._noticing.put(notice)
