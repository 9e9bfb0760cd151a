"""Saseo's own documentation in the library, so that it can answer how it is used before it knows anything else."""

import asyncio
import logging
from pathlib import Path

from core.library import Library
from core.ports import Catalogue, DocumentFilter
from core.types import GUIDE

log = logging.getLogger(__name__)

ORIGIN = "guide:"
NOT_FOR_USERS = frozenset({"architecture.md", "scale.md"})


def folder() -> Path | None:
    """Where the documentation lies: beside the packages in a checkout, inside `bot` in an installed wheel."""
    here = Path(__file__).parent
    return next((place for place in (here / "guide", here.parent / "docs") if place.is_dir()), None)


async def learn(library: Library, catalogue: Catalogue, pages: Path) -> int:
    """Takes in the pages that are new or changed and forgets those that are gone. Returns how many there are."""
    texts = await asyncio.to_thread(_texts, pages)
    known = (await catalogue.page(DocumentFilter(origin_prefix=ORIGIN), limit=200)).documents
    await library.forget([document.id for document in known if document.origin not in texts])
    for origin, data in texts.items():
        await library.add(data, name=origin.removeprefix(ORIGIN), origin=origin, scope=GUIDE)
    log.debug("the guide has %d pages", len(texts))
    return len(texts)


def _texts(pages: Path) -> dict[str, bytes]:
    """The pages by their origin."""
    paths = sorted(path for path in pages.glob("*.md") if path.name not in NOT_FOR_USERS)
    return {f"{ORIGIN}{path.name}": path.read_bytes() for path in paths}
