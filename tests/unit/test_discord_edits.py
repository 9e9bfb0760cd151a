"""What an edit in Discord brings, which tells how a message stands now and not how it stood before."""

from dataclasses import replace

import pytest

from adapters.discord.edits import Content, Contents, brought
from adapters.sharing import Item, Offer
from core.types import Session

ONE, TWO = Item.link("https://example.com/1"), Item.link("https://example.com/2")
OFFER = Offer("discord:9:1:7+share:5", Session("discord", "9", "1"), "7", "U", (ONE, TWO))
CALLED = replace(OFFER, asked=True)


def held(*items: Item, called: bool = False) -> Content:
    return Content(frozenset(item.id for item in items), called)


@pytest.mark.parametrize(
    ("offer", "before", "known", "items"),
    [
        (OFFER, held(ONE), {TWO.id}, (TWO,)),
        (OFFER, held(ONE, TWO), set(), ()),
        (OFFER, None, {ONE.id}, (TWO,)),
        (CALLED, held(ONE), set(), (ONE, TWO)),
        (CALLED, held(ONE, called=True), set(), (TWO,)),
        (CALLED, None, {ONE.id}, (TWO,)),
    ],
)
def test_an_edit_brings_what_was_not_there(
    offer: Offer, before: Content | None, known: set[str], items: tuple[Item, ...]
) -> None:
    fresh = brought(offer, before, known=known)
    assert (() if fresh is None else fresh.items) == items


def test_it_is_known_what_a_message_held_before() -> None:
    contents = Contents()
    assert contents.note("7", (ONE,), called=False) is None
    assert contents.note("7", (TWO,), called=True) == held(ONE)
    assert contents.note("7", (), called=False) == held(TWO, called=True)
    assert contents.note("7", (ONE,), called=False) == held()


def test_messages_without_anything_and_those_of_long_ago_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.edits.REMEMBERED", 2)
    contents = Contents()
    contents.note("0", (), called=True)
    for message in ("1", "2", "3"):
        contents.note(message, (ONE,), called=False)
    assert contents.note("0", (), called=False) is None
    assert contents.note("1", (), called=False) is None
    assert contents.note("3", (), called=False) == held(ONE)
