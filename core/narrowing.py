"""Reads what people wrote down as the sources that the answers of a channel may rest on. Pure."""

import re
from collections.abc import Iterator, Sequence

from core.allowed import Allowed
from core.origins import link_origin
from core.types import Scope, Session

DOCUMENT = re.compile(r"[0-9a-f]{20}")
"""The id of a document, as `core.types.identify` makes it."""
HOST = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
"""An address without a path."""


def allowed(sources: Sequence[str], session: Session) -> Allowed | None:
    """What people wrote down as the sources of a channel; None where everything is allowed.

    Each is the id of a document, the name of a scope, the beginning of an address, which stands for the pages below it
    that were handed in or shared in the channel's workspace, or the beginning of an origin.
    """
    if not sources:
        return None
    scopes = {name: scope for name in sources if (scope := _scope(name)) is not None}
    rest = [name for name in sources if name not in scopes]
    documents = frozenset(name for name in rest if DOCUMENT.fullmatch(name))
    origins = tuple(origin for name in rest if name not in documents for origin in _origins(name, session))
    return Allowed(documents, origins, frozenset(scopes.values()))


def _scope(name: str) -> Scope | None:
    try:
        return Scope(name)
    except ValueError:
        return None


def _origins(name: str, session: Session) -> Iterator[str]:
    if HOST.fullmatch(name):
        # Else a host would be allowed whose name only begins like this one.
        name = f"{name.lower()}/"
    if name.startswith(("http://", "https://")):
        yield link_origin(name)
        yield link_origin(name, workspace=session.home)
    else:
        yield name
