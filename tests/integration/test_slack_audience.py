"""Who sees an answer decides what it may rest on: public, private, direct, guests, other companies."""

import asyncio
from typing import Any

import pytest

from core.types import PUBLIC, Scope, Session
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running

FOUND = "15 days"
NOT_FOUND = "could not find"


def scopes(slack: FakeSlack, channel: str) -> dict[str, Scope]:
    session = Session("slack", slack.team.id, channel)
    return {
        "public": PUBLIC,
        "workspace": Scope.workspace("slack", slack.team.id),
        "channel": Scope.channel(session),
        "dm": Scope.direct(session),
        "other channel": Scope.channel(Session("slack", slack.team.id, "C999")),
        "other workspace": Scope.workspace("slack", "T999"),
    }


READABLE = {
    "public": {"public", "workspace", "channel"},
    "private": {"public", "workspace", "channel"},
    "im": {"public", "workspace", "dm"},
    "mpim": {"public", "workspace", "dm"},
    "guest in public": {"channel"},
    "guest in private": {"channel"},
    "guest in im": {"dm"},
    "shared": {"channel"},
    "unknown": {"channel"},
}


def place(slack: FakeSlack, kind: str) -> Any:
    """A channel of this kind, and who asks there."""
    if kind == "im":
        return slack.direct(slack.sam), slack.sam
    if kind == "guest in im":
        guest = slack.new_user("guest", is_restricted=True)
        return slack.direct(guest), guest
    if kind.startswith("guest in"):
        guest = slack.new_user("guest", is_ultra_restricted=True)
        return slack.new_channel("place", kind=kind.split()[-1], members=[slack.sam, guest]), slack.sam  # type: ignore[arg-type]
    if kind == "shared":
        stranger = slack.new_user("stranger", team_id="T777777777")
        members: list[Any] = [slack.sam, stranger]
        return slack.new_channel("place", members=members, connected_teams=["T777777777"]), slack.sam
    known: Any = kind if kind in ("private", "mpim") else "public"
    return slack.new_channel("place", kind=known, members=[slack.sam, slack.mina]), slack.sam


@pytest.mark.parametrize("kind", READABLE)
@pytest.mark.parametrize("scope", ["public", "workspace", "channel", "dm", "other channel", "other workspace"])
async def test_an_answer_rests_on_what_everybody_there_may_read(kind: str, scope: str) -> None:
    async with FakeSlack() as slack:
        channel, user = place(slack, kind)
        core = await knowing()
        await core.library.forget([document.id for document, _ in [pair async for pair in core.library.shelved()]])
        await core.library.add_text(LEAVE, title="Handbook", scope=scopes(slack, channel.id)[scope])
        if kind == "unknown":
            slack.faults.lack(["users.*", "conversations.*"])
        async with running(slack, core):
            slack.ask(QUESTION, channel=channel, user=user)
            answer = await slack.posted(channel=channel, where=lambda one: FOUND in one.shown or "find" in one.shown)
        assert (FOUND in answer.shown) == (scope in READABLE[kind])


async def test_a_guest_who_joins_is_noticed_at_once() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted(FOUND)
        guest = slack.new_user("guest", is_restricted=True)
        slack.emit(slack.team, {"type": "team_join", "user": {"id": guest.id}})
        slack.join(slack.general, guest)
        await asyncio.gather(*(delivery.settled() for delivery in list(slack.outbox.sent)))
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted(NOT_FOUND)
        slack.leave(slack.general, guest)
        await asyncio.gather(*(delivery.settled() for delivery in list(slack.outbox.sent)))
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted(FOUND, count=2)


async def test_a_private_answer_may_use_what_its_asker_may_read() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        channel, user = place(slack, "guest in public")
        slack.command("/ask", f"private {QUESTION}", channel=channel, user=user)
        told = await slack.posted(FOUND)
        assert told.ephemeral_to == user.id
        slack.press(told, "saseo_share", user=user)
        shared = await slack.posted(NOT_FOUND, channel=channel)
        assert shared.ephemeral_to is None


async def test_lists_that_fail_are_made_up_for_by_single_looks() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lack(["users.list", "users.conversations"])
        slack.faults.scripted.append(Fault("users.info", error="internal_error"))
        slack.ask(QUESTION)
        await slack.posted(FOUND)
        assert slack.called("conversations.info")
        assert slack.called("conversations.members")


@pytest.mark.parametrize("scope", ["channel", "thread"])
async def test_the_session_is_the_channel_or_the_thread(scope: str) -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core, session_scope=scope):
        asked = slack.ask(QUESTION)
        await slack.posted(FOUND)
        name = asked.channel if scope == "channel" else f"{asked.channel}/{asked.ts}"
        turns = await core.store.history.recent(Session("slack", slack.team.id, name))
        assert [turn.role for turn in turns] == ["human", "ai"]
