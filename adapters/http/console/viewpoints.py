"""From whose place an answer is seen: public, everybody in a workspace, or the people of one channel. Pure."""

from adapters.http import inbound
from core.types import PUBLIC, Audience, Scope


def audience_from(name: str) -> Audience:
    """What the people of a scope may read: their own, their workspace's, and what is public."""
    scope = scope_of(name)
    kind, _, rest = scope.name.partition(":")
    if kind not in ("channel", "dm"):
        return Audience.of(PUBLIC, scope)
    platform, _, place = rest.partition(":")
    return Audience.of(PUBLIC, Scope.workspace(platform, place.partition(":")[0]), scope)


def scope_of(name: str) -> Scope:
    """The scope with this name; what is left empty is public. Raises Refused."""
    return inbound.scope(name.strip() or PUBLIC.name)
