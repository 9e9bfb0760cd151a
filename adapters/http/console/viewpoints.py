"""From whose place an answer is seen and what is listed: one's own, or for administrators that of others. Pure."""

from collections.abc import Collection

from adapters.http import inbound
from adapters.http.console.rights import NotAllowed
from core.people import Person, Right
from core.ports import DocumentFilter
from core.types import GUIDE, PUBLIC, Audience, Scope, State


def audience_from(name: str) -> Audience:
    """What the people of a scope may read: their own, their workspace's, and what is public."""
    scope = scope_of(name)
    kind, _, rest = scope.name.partition(":")
    if kind not in ("channel", "dm"):
        return Audience.of(PUBLIC, scope)
    platform, _, place = rest.partition(":")
    return Audience.of(PUBLIC, Scope.workspace(platform, place.partition(":")[0]), scope)


def seen_by(person: Person, name: str) -> Audience:
    """What a question may rest on: what its asker reads as one of many, or for administrators what others read.
    Raises NotAllowed, and Refused for what is no scope."""
    if not name:
        return person.audience
    if not person.may(Right.ADMINISTER) or not person.reads(scope_of(name)):
        raise NotAllowed
    return audience_from(name)


def offered(person: Person, scopes: Collection[Scope]) -> list[str]:
    """The places that somebody may add documents to, or look from: their own first, then public."""
    known = {scope for scope in scopes if person.reads(scope)} | person.audience.scopes
    usable = {scope for scope in known if person.changes(scope) or person.may(Right.ADMINISTER)}
    own = person.audience.scopes - {PUBLIC}
    return [str(scope) for scope in sorted(usable - {GUIDE}, key=lambda one: (one not in own, one != PUBLIC, one))]


def seen(
    person: Person,
    *,
    scope: Scope | None = None,
    state: State | None = None,
    words: str | None = None,
    origin: str | None = None,
) -> DocumentFilter:
    """Of these documents, those that somebody may see; with a scope only those of it."""
    audience: Audience | None = Audience(person.audience.scopes | {GUIDE})
    governed = frozenset(person.arrival.governed)
    if scope is not None:
        audience, governed = Audience.of(*([scope] if person.reads(scope) else [])), frozenset()
    elif person.whole:
        audience = None
    return DocumentFilter(audience=audience, governed=governed, state=state, words=words, origin_prefix=origin)


def scope_of(name: str) -> Scope:
    """The scope with this name; what is left empty is public. Raises Refused."""
    return inbound.scope(name.strip() or PUBLIC.name)
