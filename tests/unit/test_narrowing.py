"""What people write down as the sources of a channel, and which documents that allows."""

from core.allowed import Allowed
from core.narrowing import allowed
from core.types import PUBLIC, Audience, Document, Scope, Session

CHANNEL = Session("slack", "T1", "C1")
TEAM = Scope("workspace:slack:T1")
NAME = "0123456789abcdef0123"


def test_without_sources_everything_is_allowed() -> None:
    assert allowed((), CHANNEL) is None


def test_each_source_is_known_by_its_form() -> None:
    found = allowed(
        (NAME, "public", "workspace:slack:T1", "https://wiki.example/", "upload:hand", "workspace:"), CHANNEL
    )
    assert found == Allowed(
        frozenset({NAME}),
        ("link:https://wiki.example/", "slack:T1:link:https://wiki.example/", "upload:hand", "workspace:"),
        frozenset({PUBLIC, TEAM}),
    )


def test_a_host_is_that_host_and_none_whose_name_begins_like_it() -> None:
    found = allowed(("https://Wiki.example",), CHANNEL)
    assert found is not None
    assert found.allows(Document("a", "A", "link:https://wiki.example/a", PUBLIC))
    assert not found.allows(Document("b", "B", "link:https://wiki.example.evil.test/a", PUBLIC))


def test_readers_alone_narrow_the_audience_itself() -> None:
    found = allowed(("workspace:slack:T1",), CHANNEL)
    assert found is not None
    assert found.by_readers_alone
    assert found.narrowed(Audience.of(PUBLIC, TEAM)) == Audience.of(TEAM)
    assert found.narrowed(Audience.of(PUBLIC)) == Audience()
    assert not Allowed(documents=frozenset({NAME})).by_readers_alone
    assert not Allowed(origins=("upload:",)).by_readers_alone


def test_a_document_is_allowed_by_any_of_them() -> None:
    found = Allowed(frozenset({NAME}), ("upload:",), frozenset({TEAM}))
    assert found.allows(Document(NAME, "A", "api:1", PUBLIC))
    assert found.allows(Document("b", "B", "upload:b.pdf", PUBLIC))
    assert found.allows(Document("c", "C", "api:2", TEAM))
    assert not found.allows(Document("d", "D", "api:upload:", PUBLIC))
