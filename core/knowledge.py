"""Living knowledge: what is shared is known where it was shared, and forgotten when it is there no more.

The one thing that adapters call. A share is noted before the document is read, so that whatever is deleted meanwhile
is not known afterwards; and everything can be repeated.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial

from core.errors import Refused
from core.library import Added, Library
from core.locks import Locks
from core.origins import documents_from, link_origin
from core.ports import Catalogue
from core.shares import Share, Shared, Shares, covers, everything_under
from core.types import Document, Metadata, Scope, identify

AT_ONCE = 200
"""Shares that are looked at, and documents that are forgotten, in one go."""
CLOSED_AT_ONCE = 32
MOST_PASSES = 10
"""How often a channel is gone through at most while others move its documents to and fro."""
MOST_SHARES = 10_000
"""Of one document: as many are looked at to see whether it was shared elsewhere."""

Standing = Callable[[Sequence[Share]], Awaitable[Collection[Share]]]
"""Asks the platform which of these shares still stand."""


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """A document that is being read."""

    shared: Shared
    origin: str


class Knowledge:
    """Documents that were shared. Those that were handed in otherwise have no shares and are left alone."""

    def __init__(self, *, library: Library, catalogue: Catalogue, shares: Shares) -> None:
        self._library = library
        self._catalogue = catalogue
        self._shares = shares
        self._changing = asyncio.Lock()
        """Held for moments only, so that what is deleted is gone at once whatever else is going on."""
        self._moves = Locks()
        self._reading: set[_Reading] = set()
        self._arriving: dict[str, str] = {}
        """Origins of documents that are being moved, by the id that they will have."""
        self._postponed: dict[str, dict[Share, Scope]] = {}
        """Shares with which a document is to move once it was read, with the scopes."""

    async def share_file(
        self,
        data: bytes,
        *,
        name: str,
        origin: str,
        scope: Scope,
        share: Share,
        media_type: str | None = None,
        title: str | None = None,
        url: str | None = None,
        metadata: Metadata | None = None,
    ) -> Added:
        """Reads a file for the people of a scope. Its origin is the platform's name of it, e.g. `slack:T1:file:F1`: in
        one scope it is one document, wherever it was shared.

        Raises Refused where it cannot be read, and with the code `knowledge.gone` where it was deleted meanwhile;
        Unavailable when something is away, and then it may be repeated.
        """
        add = partial(
            self._library.add,
            data,
            name=name,
            origin=origin,
            scope=scope,
            media_type=media_type,
            title=title,
            url=url,
            metadata=metadata,
        )
        return await self._share(_reading(share, origin, scope), add)

    async def share_link(self, url: str, *, scope: Scope, share: Share, refresh_seconds: int | None = None) -> Added:
        """Fetches and reads a link, and keeps it fresh. Raises like `share_file`.

        Which document it is shows when it was fetched; until then its share stands for the link as it was written.
        """
        workspace = share.session.home
        written = Shared(share, identify(str(scope), link_origin(url.strip(), workspace=workspace)))
        await self._shares.add(share, written.document_id)
        looked = await self._library.links.look(url, scope=scope, workspace=workspace)
        if written not in await self._shares.under(str(share)):
            raise Refused("knowledge.gone", name=looked.url)
        add = partial(self._library.add_looked, looked, scope=scope, refresh_seconds=refresh_seconds)
        return await self._share(_reading(share, looked.origin, scope), add)

    async def unshare(self, prefix: str) -> Sequence[Document]:
        """What was shared there (prefixes as in `core.shares.covers`) is gone. Returns what was shared nowhere else."""
        async with self._changing:
            return await self._forget(await self._shares.drop(prefix))

    async def forget_origin(self, origin: str) -> Sequence[Document]:
        """Forgets a file wherever it was shared, or with a prefix that ends with a colon everything of that origin."""
        async with self._changing:
            for reading in list(self._reading):
                if covers(origin, reading.origin):
                    await self._forget(await self._shares.remove([reading.shared]))
            return await self._forget([document.id async for document in documents_from(origin, self._catalogue)])

    async def places(self, origin: str, *, most: int = 1) -> Sequence[Share]:
        """So many places for each document of this origin: where it is, and may be read anew from."""
        ids = [document.id async for document in documents_from(origin, self._catalogue)]
        return [share for document_id in ids for share in await self._shares.of(document_id, limit=most)]

    async def shared(self, prefix: str) -> Sequence[Share]:
        """The first of what was shared there."""
        return [one.share for one in await self._shares.under(prefix, limit=AT_ONCE)]

    async def rescope(self, prefix: str, scope: Scope) -> int:
        """What was shared there is for the people of this scope from now on. Nobody else reads it from the moment that
        it is closed, which takes a few milliseconds a document; moving it takes longer. Returns how many moved.
        A document that was shared elsewhere too stays there, and is copied.
        """

        def meant(share: Share) -> bool:
            return covers(prefix, str(share))

        moved = 0
        # What was on its way elsewhere turns up once more when it has arrived there.
        for _ in range(MOST_PASSES):
            names = await self._misplaced(prefix, scope)
            for start in range(0, len(names), CLOSED_AT_ONCE):
                closing = names[start : start + CLOSED_AT_ONCE]
                await asyncio.gather(*(self._close(name, meant, scope) for name in closing))
            for name in names:
                moved += await self._moved(name, meant, scope)
            if not names:
                break
        return moved

    async def reconcile(self, prefix: str, standing: Standing) -> Sequence[Document]:
        """Compares what was shared there with what the platform still has, and drops the rest: for whatever happened
        while nobody was looking. Raises what `standing` raises. Returns the documents that were forgotten."""
        forgotten: list[Document] = []
        after: Shared | None = None
        while page := await self._shares.under(prefix, after=after, limit=AT_ONCE):
            after = page[-1]
            there = frozenset(await standing(list(dict.fromkeys(one.share for one in page))))
            gone = [one for one in page if one.share not in there]
            async with self._changing:
                forgotten += await self._forget(await self._shares.remove(gone))
        return forgotten

    async def recover(self) -> int:
        """Forgets what a crash kept from being forgotten; call it before anything is shared. Returns how many."""
        count = 0
        while orphans := await self._shares.orphans(limit=AT_ONCE):
            await self._library.forget(orphans)
            count += len(orphans)
        return count

    async def _share(self, reading: _Reading, add: Callable[[], Awaitable[Added]]) -> Added:
        share, document_id = reading.shared.share, reading.shared.document_id
        try:
            async with self._moves.hold(document_id), self._changing:
                self._reading.add(reading)
                await self._shares.add(share, document_id)
                # It was shared under another scope before: nobody reads it there while it is read anew.
                before = await self._shares.under(str(share))
                await self._forget(await self._shares.remove([one for one in before if one != reading.shared]))
            added = await add()
        except Exception:
            await self._was_read(reading)
            async with self._changing:
                if await self._catalogue.find(document_id) is None:
                    await self._forget(await self._shares.remove([reading.shared]))
            raise
        finally:
            self._reading.discard(reading)
        await self._was_read(reading)
        async with self._changing:
            return await self._standing(share, added)

    async def _standing(self, share: Share, added: Added) -> Added:
        """The document, if it is still shared, as those have it who may read it by now."""
        ids = [one.document_id for one in await self._shares.under(str(share))]
        if added.document.id in ids:
            return added
        if not await self._shares.of(added.document.id, limit=1):
            await self._forget([added.document.id])
        found = [await self._catalogue.find(document_id) for document_id in ids]
        for document in found:
            if document is not None and document.digest == added.document.digest:
                return replace(added, document=document)
        raise Refused("knowledge.gone", name=added.document.title)

    async def _was_read(self, reading: _Reading) -> None:
        """Makes up for what could not be moved while it was read."""
        self._reading.discard(reading)
        document_id = reading.shared.document_id
        for scope in {} if self._is_read(document_id) else set(self._postponed.get(document_id, {}).values()):
            await self._moved(document_id, partial(self._waits, document_id, scope), scope)
        if not self._is_read(document_id):
            self._postponed.pop(document_id, None)

    def _waits(self, document_id: str, scope: Scope, share: Share) -> bool:
        return self._postponed.get(document_id, {}).get(share) == scope

    def _is_read(self, document_id: str) -> bool:
        return any(reading.shared.document_id == document_id for reading in self._reading)

    async def _close(self, document_id: str, meant: Callable[[Share], bool], scope: Scope) -> None:
        """Hides a document that is shared nowhere else from those who may not read it any more."""
        document = await self._catalogue.find(document_id)
        if document is not None and not (await self._places(document_id, meant))[1]:
            await self._catalogue.save(replace(document, scope=scope))

    async def _moved(self, document_id: str, meant: Callable[[Share], bool], scope: Scope) -> bool:
        """Moves a document with the shares that are meant, or leaves that until it was read."""
        origin = await self._origin(document_id)
        if origin is None:
            return False
        target = identify(str(scope), origin)
        async with AsyncExitStack() as stack:
            # Neither may be shared anew, nor move itself, before this is done.
            for name in sorted({document_id, target}):
                await stack.enter_async_context(self._moves.hold(name))
            async with self._changing:
                here, elsewhere = await self._places(document_id, meant)
                if not self._may_move(document_id, here, scope) or target == document_id:
                    return False
                self._arriving[target] = origin
                stack.callback(self._arriving.pop, target)
                for share in here:
                    await self._shares.add(share, target)
            again = self._library.copy if elsewhere else self._library.move
            await again(document_id, scope)
            async with self._changing:
                await self._forget(await self._shares.remove([Shared(share, document_id) for share in here]))
                # Dropped meanwhile, it is not to be there either.
                if not await self._shares.of(target, limit=1):
                    await self._forget([target])
        return True

    def _may_move(self, document_id: str, here: Sequence[Share], scope: Scope) -> bool:
        """Whether there is something to move now. The last wish for a share is the one that counts."""
        waiting = self._postponed.get(document_id, {})
        for share in here:
            waiting.pop(share, None)
        if self._is_read(document_id):
            self._postponed[document_id] = {**waiting, **dict.fromkeys(here, scope)}
            return False
        return bool(here)

    async def _origin(self, document_id: str) -> str | None:
        """Where a document comes from that is there, is being read or arrives by moving; None where there is none."""
        if document_id in self._arriving:
            return self._arriving[document_id]
        document = await self._catalogue.find(document_id)
        read = (one.origin for one in self._reading if one.shared.document_id == document_id)
        return next(read, None) if document is None else document.origin

    async def _places(self, document_id: str, meant: Callable[[Share], bool]) -> tuple[list[Share], bool]:
        """Those of a document's shares that are meant, and whether it is shared elsewhere too."""
        shares = await self._shares.of(document_id, limit=MOST_SHARES)
        here = [share for share in shares if meant(share)]
        return here, len(here) < len(shares)

    async def _misplaced(self, prefix: str, scope: Scope) -> list[str]:
        """The documents that were shared there and are not those of this scope, nor going to be."""
        origins: dict[str, str | None] = {}
        misplaced: dict[str, None] = {}
        async for one in everything_under(self._shares, prefix):
            name = one.document_id
            if name not in origins:
                origins[name] = await self._origin(name)
            origin, wish = origins[name], self._postponed.get(name, {}).get(one.share)
            belongs = origin is None or identify(str(scope), origin) == name
            if not (belongs if wish is None else wish == scope):
                misplaced[name] = None
        return list(misplaced)

    async def _forget(self, document_ids: Sequence[str]) -> list[Document]:
        forgotten: list[Document] = []
        for start in range(0, len(document_ids), AT_ONCE):
            forgotten += await self._library.forget(document_ids[start : start + AT_ONCE])
        return forgotten


def _reading(share: Share, origin: str, scope: Scope) -> _Reading:
    return _Reading(Shared(share, identify(str(scope), origin)), origin)
