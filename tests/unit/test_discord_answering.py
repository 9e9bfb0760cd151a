"""What answers in Discord decides without Discord: languages, sessions, paces, failures."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.discord.answering import first_locale, session_of
from adapters.discord.api import Declined, Expired, Unclear, translated
from adapters.discord.delivery import EDITS, TYPISTS, Pace
from adapters.discord.inbound import Asked
from adapters.discord.outbound import Button, Post
from adapters.discord.views import reasons, view_of
from adapters.work import Bound
from core.types import Session

ASKED = Asked(
    id="discord:1:2:3",
    way="mention",
    guild="1",
    channel="2",
    user="4",
    text="How many days?",
    received_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("ko", "How many?", "ko"),
        ("en-US", "며칠이에요?", "en"),
        ("", "며칠이에요?", "ko"),
        ("", "How many?", "en"),
        ("fr", "", "en"),
    ],
)
def test_the_first_words_are_in_the_asker_s_language_else_in_the_question_s(
    locale: str, text: str, expected: str
) -> None:
    assert first_locale(replace(ASKED, locale=locale, text=text)) == expected


def test_what_one_person_is_told_is_a_conversation_of_their_own() -> None:
    public = session_of(ASKED, scope="channel")
    assert public == Session("discord", "1", "2")
    mine = session_of(replace(ASKED, way="private"), scope="channel")
    others = session_of(replace(ASKED, way="private", user="5"), scope="channel")
    assert len({public, mine, others}) == 3
    assert session_of(replace(ASKED, outside=True), scope="channel") == mine


def test_a_thread_can_be_a_conversation_of_its_own() -> None:
    in_thread = replace(ASKED, thread="7")
    assert session_of(in_thread, scope="channel") == session_of(ASKED, scope="channel")
    assert session_of(in_thread, scope="thread") == Session("discord", "1", "2/7")


def test_growth_leaves_room_in_each_channel_and_typing_in_all_of_them() -> None:
    pace = Pace()
    assert [pace.edits("1") for _ in range(EDITS + 1)] == [True] * EDITS + [False]
    assert pace.edits("2")
    assert [pace.types() for _ in range(TYPISTS + 1)] == [True] * TYPISTS + [False]


def test_a_bound_may_count_another_stretch_of_time_than_a_minute() -> None:
    present = [0.0]
    bound = Bound(1, seconds=5.0, clock=lambda: present[0])
    assert bound.allows("a")
    assert not bound.allows("a")
    present[0] = 5.0
    assert bound.allows("a")


class Refusal:
    """As much of a response as discord.py looks at."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.reason = "no"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 10062, Expired),
        (404, 10015, Expired),
        (401, 50027, Expired),
        (404, 10008, Declined),
        (403, 50013, Declined),
        (400, 50035, Declined),
        (429, 0, Unclear),
        (500, 0, Unclear),
        (503, 0, Unclear),
    ],
)
def test_every_refusal_of_discord_is_one_of_three_failures(status: int, code: int, kind: type[Exception]) -> None:
    import discord

    error = discord.HTTPException(Refusal(status), {"code": code, "message": "no"})  # type: ignore[arg-type]
    assert type(translated("an edit", error)) is kind


def test_only_a_message_that_is_gone_is_gone() -> None:
    assert Declined("an edit", status=404, code=10008).gone
    assert not Declined("an edit", status=403, code=50013).gone


async def test_buttons_are_known_by_their_ids_and_nothing_is_kept_for_them() -> None:
    view = view_of(Post("text", (Button("saseo:good:x", "Helpful", emoji="👍"), Button("saseo:share:x", "Share"))))
    assert view is not None
    assert view.is_finished()
    assert [part["custom_id"] for row in view.to_components() for part in row["components"]] == [
        "saseo:good:x",
        "saseo:share:x",
    ]
    assert view_of(Post("text")) is None


@pytest.mark.parametrize("locale", ["en", "ko"])
async def test_the_dialogue_fits_into_what_discord_takes(locale: str) -> None:
    dialogue = reasons("discord:" + "1" * 60, locale=locale)
    body = dialogue.to_dict()
    assert len(body["title"]) <= 45
    assert len(body["custom_id"]) <= 100
    assert len(body["components"][0]["components"][0]["label"]) <= 45
