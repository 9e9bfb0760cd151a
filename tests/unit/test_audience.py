"""Who may read what where: default deny."""

import pytest

from core.audience import Kind, Place, audience, shelf
from core.types import PUBLIC, Scope, Session

CHANNEL = Session("slack", "T1", "C1")
WORKSPACE = Scope.workspace("slack", "T1")


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("public", Scope.channel(CHANNEL)),
        ("private", Scope.channel(CHANNEL)),
        ("direct", Scope.direct(CHANNEL)),
    ],
)
def test_members_read_what_is_public_their_workspace_s_and_their_own(kind: Kind, own: Scope) -> None:
    assert audience(Place(CHANNEL, kind, outsiders=False)).scopes == {PUBLIC, WORKSPACE, own}


@pytest.mark.parametrize("kind", ["public", "private"])
def test_where_outsiders_are_only_the_channel_s_own_documents_are_used(kind: Kind) -> None:
    assert audience(Place(CHANNEL, kind, outsiders=True)).scopes == {Scope.channel(CHANNEL)}
    assert audience(Place(CHANNEL, kind)).scopes == {Scope.channel(CHANNEL)}, "not knowing counts as yes"


def test_a_guest_s_direct_message_reads_its_own_documents() -> None:
    assert audience(Place(CHANNEL, "direct")).scopes == {Scope.direct(CHANNEL)}


@pytest.mark.parametrize(
    ("kind", "outsiders", "scope"),
    [
        ("public", False, WORKSPACE),
        ("public", True, Scope.channel(CHANNEL)),
        ("private", False, Scope.channel(CHANNEL)),
        ("private", True, Scope.channel(CHANNEL)),
        ("direct", False, Scope.direct(CHANNEL)),
        ("direct", True, Scope.direct(CHANNEL)),
    ],
)
def test_a_document_belongs_to_those_who_could_see_it_being_shared(
    kind: Kind, *, outsiders: bool, scope: Scope
) -> None:
    assert shelf(Place(CHANNEL, kind, outsiders=outsiders)) == scope
    assert scope in audience(Place(CHANNEL, kind, outsiders=outsiders))
