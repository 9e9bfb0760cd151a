"""What is known of people and channels is bounded, kept for a time, and read page by page."""

from collections.abc import AsyncIterator

import pytest

from adapters.slack import directory
from adapters.slack.api import Api
from adapters.slack.directory import Directory
from adapters.slack.inbound import Asked, Me
from adapters.slack.membership import Membership
from tests.fakes.slack import Channel, FakeSlack
from tests.integration.slack_clients import web_client


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


def me(slack: FakeSlack) -> Me:
    return Me(slack.team.id, slack.team.bot_user.id)


def asked(slack: FakeSlack, channel: Channel) -> Asked:
    return Asked("slack:1", "mention", slack.team.id, channel.id, slack.sam.id, "x", ts="1", thread="1")


async def test_long_lists_are_read_to_their_end(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PAGE", 1)
    guest = slack.new_user("guest", is_restricted=True)
    known = Directory(Api(web_client(slack)), slack.team.id)

    assert (await known.person(guest.id)).outsider
    assert not (await known.person(slack.sam.id)).outsider
    assert (await known.channel(slack.general.id)).kind == "public"
    assert len(slack.called("users.list")) == len(slack.team.users)
    assert slack.called("users.info") == []


async def test_a_list_that_never_ends_is_left(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PAGE", 1)
    monkeypatch.setattr(directory, "MOST_PAGES", 1)
    known = Directory(Api(web_client(slack)), slack.team.id)

    last = list(slack.team.users.values())[-1]
    assert await known.person(last.id)
    assert len(slack.called("users.list")) == 1
    assert await known.has_outsiders(), "who was not read may be one"


async def test_what_is_kept_is_bounded_and_the_rest_looked_up(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST", 1)
    channels = [slack.new_channel(f"c{number}") for number in range(3)]
    known = Directory(Api(web_client(slack)), slack.team.id)

    for user in (slack.sam, slack.mina, slack.sam):
        assert not (await known.person(user.id)).outsider
    for channel in channels:
        assert (await known.channel(channel.id)).kind == "public"
    assert await known.has_outsiders(), "of whom nothing is known may be one"
    assert len(slack.called("users.list")) == 1
    assert slack.called("users.info")
    assert slack.called("conversations.info")


async def test_who_has_changed_is_looked_up_again(slack: FakeSlack) -> None:
    known = Directory(Api(web_client(slack)), slack.team.id)
    assert not await known.has_outsiders()

    slack.sam.is_restricted = True
    known.forget_person(slack.sam.id)
    assert await known.has_outsiders()
    assert len(slack.called("users.info")) == 1


async def test_whether_outsiders_read_along_is_asked_once_for_a_channel(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.membership.CHANNELS_KEPT", 1)
    guest = slack.new_user("guest", is_restricted=True)
    alone, mixed = (
        slack.new_channel("alone", members=[slack.mina]),
        slack.new_channel("with", members=[slack.sam, guest]),
    )
    membership = Membership(Api(web_client(slack)), me(slack))

    places = (alone, alone, mixed, mixed, alone)
    seen = [(await membership.place(asked(slack, place))).outsiders for place in places]
    assert seen == [False, False, True, True, False]
    assert len(slack.called("conversations.members")) == 3, "the first one was pushed out by the second"


async def test_a_channel_of_too_many_is_taken_to_have_outsiders(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.membership.MEMBERS_KNOWN", 1)
    slack.new_user("guest", is_restricted=True)
    membership = Membership(Api(web_client(slack)), me(slack))

    assert (await membership.place(asked(slack, slack.new_channel("large")))).outsiders


async def test_a_channel_that_is_shared_with_a_company_has_outsiders(slack: FakeSlack) -> None:
    membership = Membership(Api(web_client(slack)), me(slack))

    shared = slack.new_channel("shared", members=[slack.sam], connected_teams=["T777777777"])
    assert (await membership.place(asked(slack, shared))).outsiders
