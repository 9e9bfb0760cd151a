"""What an answer rests on, looked at once more when it is shown: what was forgotten meanwhile is not cited."""

import asyncio
import logging
from collections.abc import Collection

from core.inbox import Accepted
from core.ports import Catalogue
from core.types import Answer

log = logging.getLogger(__name__)

MOST_TIMES = 3
"""How often a question is answered at most while what its answers rest on is forgotten again and again."""


def rested_on(answer: Answer) -> frozenset[str]:
    """The documents that it cites."""
    return frozenset(source.document_id for source in answer.sources)


async def stands(catalogue: Catalogue, documents: Collection[str]) -> bool:
    """Whether all that an answer rests on is known still: to deliver it may take long. Raises Unavailable."""
    known = None not in await asyncio.gather(*map(catalogue.find, documents))
    if not known:
        log.info("what an answer rests on was forgotten: its question is asked again")
    return known


def named(item: Accepted, *, again: int) -> str:
    """The name that a question is asked by: a claim of the process that died, or of the time before, still stands and
    would call it answered. `again` counts how often it was asked anew in this attempt."""
    if again:
        return f"{item.id}#{item.attempt}.{again}"
    return item.id if item.attempt == 1 else f"{item.id}#{item.attempt}"
