"""Moves a library's vectors to another store, and says which settings to change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from bot.parts import embedder_of
from bot.setting_values import WebUrl
from bot.settings import Settings
from bot.stores import open_stores
from bot.vectors import FAISS, VectorIndex, drop_vectors, open_vectors
from core.catalogues import every_document
from core.errors import Refused
from core.moving import Moving

if TYPE_CHECKING:
    from core.ports import Catalogue

LOOKS = 100
PAUSE = 0.3
"""So often, and so many seconds apart, a remote store is asked whether it has counted what it was given."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Passages before and after."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Migration:
    """What came of it: the shelves say what should be there, the source and the target what is."""

    shelves: Counts
    source: Counts
    target: Counts
    missing: int
    """Passages without a vector in the source."""
    differing: int
    """Texts of the sample whose vectors differ."""

    @property
    def whole(self) -> bool:
        """Whether every passage has arrived and nothing else changed."""
        same = self.source.before == self.source.after and self.shelves.before == self.shelves.after
        return same and self.target.after == self.shelves.after and not self.missing and not self.differing


def target_of(name: str, settings: Settings) -> Settings:
    """The settings with the vectors in another store: `chroma`, `faiss`, `pinecone` or the address of a Chroma server.

    Raises Refused for any other name, and where the vectors are there already.
    """
    if name in ("faiss", "pinecone"):
        change: dict[str, object] = {"vectorstore_type": name}
    else:
        change = {"vectorstore_type": "chroma", "chroma_url": None if name == "chroma" else _address(name)}
    target = settings.model_copy(update=change)
    if place(target) == place(settings):
        raise Refused("migrate.same", store=place(target))
    return target


def place(settings: Settings) -> str:
    """Where these settings keep the vectors, fit for the user."""
    from core.backends.chroma_client import ChromaCollection

    if settings.vectorstore_type == "pinecone":
        return f"pinecone ({settings.pinecone_index or settings.collection_name})"
    if settings.vectorstore_type == "faiss":
        return f"faiss ({settings.vector_directory / FAISS})"
    url, path = settings.chroma_url, None if settings.chroma_url else str(settings.vector_directory)
    return f"chroma ({ChromaCollection(settings.collection_name, '', 0, path=path, url=url).place})"


def changes(settings: Settings, target: Settings) -> list[str]:
    """The variables to set so that the target is used."""
    names = ("vectorstore_type", "chroma_url")
    return [
        f"{name.upper()}={getattr(target, name) or ''}"
        for name in names
        if getattr(settings, name) != getattr(target, name)
    ]


async def migrate_vectors(
    settings: Settings, target: Settings, *, replacing: bool, advance: Callable[[int, int], None]
) -> Migration:
    """Copies every vector to the target, which must be empty unless it is replaced; the caller holds the directory.

    `advance` is told how many passages are done, and of how many. Raises Refused and Unavailable as the stores do;
    then the source is as it was, and the same call with `replacing` begins anew.
    """
    from core.backends.seal import FernetSeal
    from core.backends.sqlite.store import KEY_FILE

    seal = FernetSeal(settings.secret_keys, settings.data_dir / KEY_FILE)
    embedder = embedder_of(settings)
    try:
        if replacing:
            await drop_vectors(target)
        async with (
            open_stores(settings, seal) as store,
            open_vectors(settings, embedder) as source,
            open_vectors(target, embedder) as there,
        ):
            if not await there.empty():
                raise Refused("migrate.not_empty", store=place(target), count=await there.count())
            moving = Moving(catalogue=store.catalogue, shelves=store.shelves, source=source, target=there)
            known, before = await _known(store.catalogue), await source.count()
            done = missing = 0
            async for step in moving.run():
                done, missing = done + step.passages, missing + step.missing
                advance(done, known)
            return Migration(
                shelves=Counts(known, await _known(store.catalogue)),
                source=Counts(before, await source.count()),
                target=Counts(0, await _counted(there, done - missing)),
                missing=missing,
                differing=await moving.differing(),
            )
    finally:
        await embedder.close()


async def _known(catalogue: "Catalogue") -> int:
    """Passages on the shelves."""
    return sum([document.passage_count async for document in every_document(catalogue)])


async def _counted(index: VectorIndex, expected: int) -> int:
    """How many passages it has, once it has counted them all or has had the time for it."""
    for _ in range(LOOKS):
        if await index.count() == expected:
            break
        await asyncio.sleep(PAUSE)
    return await index.count()


def _address(name: str) -> str:
    try:
        return TypeAdapter[str](WebUrl).validate_python(name)
    except ValidationError:
        raise Refused("migrate.target", name=name) from None
