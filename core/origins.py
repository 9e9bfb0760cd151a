"""Where documents came from, as their origins say it."""

import re
from collections.abc import AsyncIterator

from core.catalogues import every_document
from core.ports import Catalogue, DocumentFilter
from core.shares import covers
from core.types import Document

_LINK = re.compile(r"(?:[a-z]+:[^:]*:)?link:")


def link_origin(url: str, *, workspace: str = "") -> str:
    """The origin of a link that was handed in, or that was shared in a workspace, spelled `slack:T1`. They differ, so
    that what was handed in stays when what was shared goes."""
    return f"{workspace}:link:{url}" if workspace else f"link:{url}"


def is_link(document: Document) -> bool:
    """Whether a document is a page of the web that can be looked at again."""
    return document.url is not None and _LINK.match(document.origin) is not None


async def documents_from(origin: str, catalogue: Catalogue) -> AsyncIterator[Document]:
    """The documents of an origin in every scope, or with a prefix that ends with a colon all of those beneath it."""
    async for document in every_document(catalogue, DocumentFilter(origin_prefix=origin)):
        if covers(origin, document.origin):
            yield document
