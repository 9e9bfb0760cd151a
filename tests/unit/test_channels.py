"""The settings of a channel: what comes back, what makes no sense, and what a question in a language is answered in."""

from typing import Any

import pytest

from core.channels import (
    FIELDS,
    INSTRUCTIONS_LIMIT,
    MOST_SOURCES,
    SOURCE_LIMIT,
    USUAL,
    ChannelSettings,
    changed,
    differing,
)
from core.errors import Refused
from core.types import Language

DECIDED = ChannelSettings(
    "auto",
    enabled=False,
    notices=False,
    trigger="questions",
    session_scope="thread",
    tone="formal",
    instructions="Name the page.",
    sources=("public", "https://wiki.example/"),
    only_sources=True,
    languages=("ko", "en"),
)


def test_settings_come_back_with_what_this_release_does_not_know() -> None:
    saved = {"ingestion": "auto", "enabled": False, "mood": "short", "signal": ["!ask"]}
    settings = ChannelSettings.load(saved)
    assert settings == ChannelSettings("auto", enabled=False, more={"mood": "short", "signal": ["!ask"]})
    assert settings.dump() == {**USUAL.own(), **saved}
    assert ChannelSettings.load({}) == ChannelSettings()
    assert ChannelSettings.load(DECIDED.dump()) == DECIDED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ingestion", "sometimes"),
        ("enabled", None),
        ("enabled", 0),
        ("notices", "no"),
        ("trigger", ["!ask"]),
        ("trigger", None),
        ("session_scope", "planet"),
        ("tone", 3),
        ("instructions", 5),
        ("instructions", "x" * (INSTRUCTIONS_LIMIT + 1)),
        ("sources", "public"),
        ("sources", [1]),
        ("sources", ["x"] * MOST_SOURCES + ["y" * (SOURCE_LIMIT + 1)]),
        ("sources", [str(number) for number in range(MOST_SOURCES + 1)]),
        ("sources", ["a\x00b"]),
        ("only_sources", "yes"),
        ("languages", ["ko", "tlh"]),
        ("languages", "ko"),
    ],
)
def test_a_value_that_makes_no_sense_counts_as_not_set_and_is_refused_from_people(name: str, value: Any) -> None:
    assert ChannelSettings.load({name: value}) == USUAL
    with pytest.raises(Refused) as caught:
        changed(DECIDED, {name: value})
    assert caught.value.details["field"] == name
    assert caught.value.text("ko") != caught.value.text("en")


def test_what_nobody_can_set_is_refused() -> None:
    with pytest.raises(Refused, match="more"):
        changed(USUAL, {"more": {}})


def test_changes_are_tidied_and_leave_the_rest_as_it_is() -> None:
    settings = changed(
        DECIDED,
        {
            "instructions": "  one\r\ntwo\rthree\x07 ",
            "sources": [" public ", "", "public"],
            "languages": ["en", "en"],
            "tone": None,
        },
    )
    assert settings.instructions == "one\ntwo\nthree"
    assert (settings.sources, settings.languages, settings.tone) == (("public",), ("en",), None)
    assert settings.trigger == "questions"
    assert changed(settings, {"instructions": "x" * INSTRUCTIONS_LIMIT}).instructions == "x" * INSTRUCTIONS_LIMIT


def test_what_is_not_as_usual_is_told_as_json_holds_it() -> None:
    assert USUAL.chosen() == {}
    assert DECIDED.chosen().keys() == set(FIELDS)
    assert ChannelSettings(languages=("ko",), more={"refused": []}).chosen() == {"languages": ["ko"]}


def test_what_differs_is_told_by_name() -> None:
    assert differing(USUAL, USUAL) == ""
    assert differing(USUAL, ChannelSettings(enabled=False, tone="brief", more={"refused": []})) == "enabled, tone"


@pytest.mark.parametrize(
    ("languages", "asked", "spoken"),
    [
        ((), "ko", "ko"),
        ((), "other", "other"),
        (("ko",), "en", "ko"),
        (("en", "ko"), "ko", "ko"),
        (("en", "ko"), "other", "en"),
    ],
)
def test_a_question_in_another_language_is_answered_in_the_first(
    languages: tuple[Language, ...], asked: Language, spoken: Language
) -> None:
    assert ChannelSettings(languages=languages).spoken(asked) == spoken
