"""Scopes as they are written on the command line."""

from collections.abc import Sequence

from core.errors import Refused
from core.types import PUBLIC, Audience, Scope


def scope_of(name: str) -> Scope:
    """The scope with this name. Raises Refused."""
    try:
        return Scope(name)
    except ValueError as error:
        raise Refused("cli.scope", name=name) from error


def audience_of(names: Sequence[str] | None) -> Audience:
    """These scopes, or public documents where none is named."""
    return Audience.of(*map(scope_of, names)) if names else Audience.of(PUBLIC)
