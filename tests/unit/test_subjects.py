"""Who is meant, what is theirs in a conversation, and how values are written."""

from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from adapters.subjects import is_direct, subject_of
from core.backends.memory_installations import MemorySeal
from core.backends.seal import FernetSeal
from core.erasing import without
from core.errors import Refused
from core.exporting import plain
from core.naming import alias, record_of
from core.subjects import Individual, asker
from core.types import PUBLIC, Audience, Passage, Scope, Session, Turn, digest
from tests.integration.stores import SEAL

CHANNEL = Session("slack", "T1", "C1")


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("slack:T1:U1", Individual("slack", "U1", workspace="T1")),
        ("slack:T1:W1", Individual("slack", "W1", workspace="T1")),
        (" discord:8035 ", Individual("discord", "8035")),
        ("slack:T1:C1", CHANNEL),
        ("slack:T1:C1/17.4", CHANNEL),
        ("slack:T1:D1", Session("slack", "T1", "D1")),
        ("discord:1:2", Session("discord", "1", "2")),
        ("http::console-1", Session("http", "", "console-1")),
    ],
)
def test_people_and_channels_are_told_apart(text: str, whose: Individual | Session) -> None:
    assert subject_of(text) == whose


@pytest.mark.parametrize("text", ["", "nobody", "slack", "slack:", "slack:T1:", ":T1:C1", "slack:T1:U1:x", ":1"])
def test_what_is_neither_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(Refused) as refused:
        subject_of(text)
    assert refused.value.code == "subject.unknown"
    assert "slack:T024BE91L:U024BE7LH" in refused.value.text("ko")


def test_conversations_with_one_person_are_known() -> None:
    direct = [Session("slack", "T1", "D1"), Session("slack", "T1", "D1/17.4"), Session("discord", "@me", "3")]
    others = [CHANNEL, Session("discord", "1", "2"), Session("http", "", "D1"), Session("slack", "T1", "G1")]
    assert [*map(is_direct, direct), *map(is_direct, others)] == [True] * 3 + [False] * 4


def test_a_person_is_named_as_elsewhere() -> None:
    slack, discord = Individual("slack", "U1", workspace="T1"), Individual("discord", "1")
    assert (str(slack), slack.within, slack.alone) == ("slack:T1:U1", "slack:T1:", "/U1")
    assert (str(discord), discord.within) == ("discord:1", "discord:")
    assert slack.judges == ("slack:T1:U1", "console:slack:T1:U1")


def test_who_is_owed_something_is_read_from_what_is_kept() -> None:
    assert [asker(body) for body in ({"user": "U1"}, {"author": "U2"}, {}, {"user": None})] == ["U1", "U2", "", ""]


def test_only_their_questions_go_with_what_was_answered() -> None:
    turns = [Turn("ai", "hello"), Turn("human", "mine"), Turn("ai", "yours"), Turn("ai", "more"), Turn("human", "ours")]
    assert [turn.text for turn in without(turns, {digest("mine")})] == ["hello", "ours"]
    assert without(turns, set()) == turns


def test_values_are_written_as_json_has_them() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert plain({"at": moment, "scopes": Audience.of(PUBLIC, Scope.channel(CHANNEL)), "where": (CHANNEL, None)}) == {
        "at": "2026-01-02T00:00:00+00:00",
        "scopes": ["channel:slack:T1:C1", "public"],
        "where": ["slack:T1:C1", None],
    }
    assert plain(MappingProxyType({"passage": Passage("d", 1, 0, "text", profile=b"x")}))["passage"]["text"] == "text"
    assert "profile" not in plain(Passage("d", 1, 0, "text", profile=b"x"))


@pytest.mark.parametrize("seal", [SEAL, MemorySeal()])
def test_a_mark_is_always_the_same_and_tells_nothing(seal: FernetSeal | MemorySeal) -> None:
    assert seal.mark("slack:T1:U1") == seal.mark("slack:T1:U1") != seal.mark("slack:T1:U2")
    assert "U1" not in seal.mark("slack:T1:U1")
    assert len(seal.mark("\ud83d")) == 20


def test_another_key_makes_another_mark() -> None:
    other = FernetSeal(("other words that nobody can guess",), SEAL._path)
    assert other.mark("slack:T1:U1") != SEAL.mark("slack:T1:U1")


def test_the_log_has_a_digest_of_a_person_and_the_name_of_a_channel() -> None:
    def mark(text: str) -> str:
        return digest(text)[:4]

    person = Individual("slack", "U1", workspace="T1")
    assert record_of(person, mark) == {"thing": alias(person, mark), "workspace": "slack:T1"}
    assert record_of(Individual("discord", "1"), mark)["workspace"] == ""
    assert record_of(CHANNEL, mark) == {"thing": "slack:T1:C1", "workspace": "slack:T1"}
