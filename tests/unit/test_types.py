"""The words: what they spell, and what cannot be spelled."""

import pytest

from core.types import PUBLIC, Audience, PassageKey, Scope, Session


@pytest.mark.parametrize("text", ["slack:T024BE91L:C024BE91L", "http::team/a", "slack:T1:C1:thread:17.5"])
def test_a_session_is_spelled_and_read_back(text: str) -> None:
    assert str(Session.parse(text)) == text


@pytest.mark.parametrize("text", ["", "slack", "slack:T1", ":T1:C1", "slack:T1:"])
def test_what_is_no_session_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"session|platform"):
        Session.parse(text)


def test_a_workspace_with_a_colon_would_be_read_as_another_session() -> None:
    with pytest.raises(ValueError, match="colon"):
        Session("slack", "T1:C1", "C2")


@pytest.mark.parametrize("name", ["", "everybody", "public:x", "guide:x", "workspace:", "channel"])
def test_what_is_no_scope_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a scope"):
        Scope(name)


def test_scopes_name_who_may_read() -> None:
    session = Session("slack", "T1", "C1")
    names = [str(Scope.workspace("slack", "T1")), str(Scope.channel(session)), str(Scope.direct(session))]
    assert names == ["workspace:slack:T1", "channel:slack:T1:C1", "dm:slack:T1:C1"]


def test_an_audience_may_read_its_scopes_and_nothing_else() -> None:
    assert PUBLIC in Audience.of(PUBLIC)
    assert PUBLIC not in Audience()
    assert Scope("workspace:slack:T1") not in Audience.of(PUBLIC)


def test_the_key_of_a_passage_is_spelled_and_read_back() -> None:
    key = PassageKey("a:b", 3, 7)
    assert PassageKey.parse(str(key)) == key
