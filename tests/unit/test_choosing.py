"""The settings of a channel as forms show them, and what of what is said to a channel is answered there."""

import pytest

from adapters.calling import heeds
from adapters.choosing import CHOICES, TEXTS, chosen, decided, labelled, summary, unusual, worded
from core.channels import FIELDS, USUAL, ChannelSettings, Trigger, changed
from core.errors import Refused
from core.messages import LOCALES

ASKS, SAYS = "How many days of leave do we have?", "I am late today."


def test_there_is_a_field_for_everything() -> None:
    assert {*CHOICES, *TEXTS} == set(FIELDS)


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_has_words(locale: str) -> None:
    for name, choices in CHOICES.items():
        words = [worded(name, choice, locale) for choice in choices]
        assert len(set(words)) == len(words)
        assert labelled(name, locale)


@pytest.mark.parametrize("name", CHOICES)
def test_each_choice_comes_back(name: str) -> None:
    for choice in CHOICES[name]:
        assert chosen(changed(USUAL, decided({name: choice})))[name] == choice


def test_what_is_written_comes_back() -> None:
    settings = changed(USUAL, decided({"instructions": "usual", "sources": "public\r\n\nhttps://wiki.example/\n"}))
    assert settings.instructions == "usual"
    assert settings.sources == ("public", "https://wiki.example/")
    assert chosen(settings)["sources"] == "public\nhttps://wiki.example/"


@pytest.mark.parametrize(("name", "choice"), [("enabled", "maybe"), ("trigger", "usual"), ("languages", "ko_tlh")])
def test_what_no_form_offers_is_refused(name: str, choice: str) -> None:
    with pytest.raises(Refused):
        changed(USUAL, decided({name: choice}))


def test_a_form_with_nothing_changes_nothing() -> None:
    assert decided({"unknown": "x"}) == {}


def test_a_summary_says_all_of_it() -> None:
    lines = summary(ChannelSettings(tone="brief", sources=("public", "upload:"), instructions="a\nb"), "en")
    assert len(lines) == len(FIELDS)
    assert "Tone: Brief" in lines
    assert "Allowed sources: public; upload:" in lines
    assert "Instructions for my answers: a b" in lines
    assert "Allowed sources: everything that people here may read" in summary(USUAL, "en")


def test_what_is_unusual_is_told_and_of_texts_only_that_there_are_some() -> None:
    assert unusual(USUAL, "en") == []
    settings = ChannelSettings(enabled=False, languages=("ko",), instructions="Name the page.")
    assert unusual(settings, "en") == [
        "Answers here: Off",
        "Languages of answers: Korean only",
        "Instructions for my answers",
    ]


@pytest.mark.parametrize(
    ("trigger", "way", "text", "answered"),
    [
        ("mention", "mention", SAYS, True),
        ("mention", "follow_up", SAYS, True),
        ("mention", "overheard", ASKS, False),
        ("mention", "post", ASKS, False),
        ("questions", "mention", SAYS, True),
        ("questions", "overheard", ASKS, True),
        ("questions", "overheard", SAYS, False),
        ("questions", "post", ASKS, True),
        ("questions", "post", SAYS, False),
        ("posts", "post", SAYS, True),
        ("posts", "overheard", ASKS, False),
        ("posts", "command", ASKS, True),
    ],
)
def test_what_is_answered_is_what_the_channel_decided(trigger: Trigger, way: str, text: str, *, answered: bool) -> None:
    assert heeds(ChannelSettings(trigger=trigger), way=way, text=text) is answered
    assert not heeds(ChannelSettings(trigger=trigger, enabled=False), way=way, text=text)
