"""Commands, buttons, the shortcut and the app's own pages in Slack."""

import asyncio

import pytest

from core.errors import Unavailable
from core.types import Scope, Session
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running


async def test_ask_answers_in_the_channel_and_says_who_asked_what() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        command = await slack.command("/ask", QUESTION, user=slack.sam).settled()
        assert command.response["response_type"] == "ephemeral"
        answer = await slack.posted("Handbook", where=lambda one: not one.ephemeral_to)
        assert f"<@{slack.sam.id}> asked: {QUESTION}" in answer.shown
        assert "15 days" in answer.shown
        assert len([one for one in slack.answers() if not one.ephemeral_to]) == 1


async def test_ask_where_the_bot_is_no_member_answers_over_the_command() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        channel = slack.new_channel("elsewhere", bot=False)
        slack.command("/ask", QUESTION, channel=channel, user=slack.sam)
        told = (await slack.call("response_url")).arguments
        assert "15 days" in str(told)
        assert told["response_type"] == "in_channel"


async def test_a_private_question_is_answered_to_its_asker_alone_and_can_be_shared() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.command("/ask", f"private {QUESTION}", user=slack.sam)
        private = await slack.posted("15 days")
        assert private.ephemeral_to == slack.sam.id
        assert not slack.called("chat.postMessage")
        for _ in range(2):
            await slack.press(private, "saseo_share", user=slack.sam).settled()
        await slack.posted("15 days", where=lambda one: not one.ephemeral_to)
        await asyncio.sleep(0.3)
        assert len([one for one in slack.answers() if not one.ephemeral_to]) == 1, "shared once"


async def test_what_one_person_was_told_alone_is_no_past_of_what_everybody_asks() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        team, channel = slack.team.id, slack.general.id
        slack.command("/ask", f"private {QUESTION}", user=slack.sam)
        await slack.posted("15 days")
        assert not await core.store.history.recent(Session("slack", team, channel))
        alone = Session("slack", team, f"{channel}/{slack.sam.id}")
        assert next(turn.text for turn in await core.store.history.recent(alone)) == QUESTION
        await slack.command("/forget", user=slack.sam).settled()
        await slack.posted("forgot")
        assert not await core.store.history.recent(alone)


async def test_each_private_answer_can_be_shared_once() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        for number in (1, 2):
            slack.command("/ask", f"private {QUESTION}", user=slack.sam)
            await slack.posted("15 days", where=lambda one: one.ephemeral_to is not None, count=number)
        answers = [one for one in slack.general.ephemerals if "15 days" in one.shown]
        for answer in (*answers, *answers):
            await slack.press(answer, "saseo_share", user=slack.sam).settled()
        await slack.posted("15 days", where=lambda one: not one.ephemeral_to, count=2)
        await asyncio.sleep(0.3)
        assert len([one for one in slack.answers() if not one.ephemeral_to]) == 2


async def test_help() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.command("/saseo", "help", user=slack.sam)
        told = await slack.posted("/ask private question")
        assert told.ephemeral_to == slack.sam.id
        slack.command("/ask", "", user=slack.mina)
        await slack.posted("물어보세요")


async def test_sources_lists_what_can_be_used_here() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        other = Scope.channel(Session("slack", slack.team.id, "C999"))
        await core.library.add_text("secret plans", title="Plans", scope=other)
        await core.library.add_text("about weather", title="Weather")
        slack.command("/sources", user=slack.sam)
        told = await slack.posted("I know 2 documents here")
        assert "<https://docs.example.com/handbook|Handbook>" in told.shown
        assert "Plans" not in told.shown
        slack.command("/sources", "weath", user=slack.sam)
        assert "Handbook" not in (await slack.posted("I know 1 documents here")).shown
        slack.command("/sources", "nothing like it", user=slack.sam)
        await slack.posted("I know no documents")


async def test_a_message_is_added_with_the_shortcut_and_forgotten_with_the_command() -> None:
    core = await knowing(text="Nothing but weather.")
    async with FakeSlack() as slack, running(slack, core):
        channel = slack.new_channel("secret", kind="private", members=[slack.sam, slack.mina])
        said = slack.say(LEAVE, channel=channel)
        slack.shortcut("saseo_add", message=said, user=slack.sam)
        told = await slack.posted("I know this message now")
        assert told.ephemeral_to == slack.sam.id
        (document,) = [one for one, _ in [pair async for pair in core.library.shelved()] if "paid leave" in one.title]
        assert document.scope == Scope.channel(Session("slack", slack.team.id, channel.id))
        assert document.url is not None
        slack.ask(QUESTION, channel=channel)
        await slack.posted("15 days", channel=channel, where=lambda one: not one.ephemeral_to)
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted("find", channel=slack.general)
        slack.command("/forget", document.id, user=slack.sam)
        await slack.posted("No document with the id")
        slack.command("/forget", document.id, user=slack.sam, channel=channel)
        await slack.posted("I have forgotten", channel=channel)
        assert await core.store.catalogue.find(document.id) is None


async def test_documents_of_others_cannot_be_forgotten_from_slack() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        (document,) = [one for one, _ in [pair async for pair in core.library.shelved()]]
        slack.command("/forget", document.id, user=slack.sam)
        await slack.posted("No document with the id")
        assert await core.store.catalogue.find(document.id) is not None


async def test_the_conversation_is_forgotten() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        await slack.posted("15 days")
        session = Session("slack", slack.team.id, slack.general.id)
        assert await core.store.history.recent(session)
        slack.command("/forget", user=slack.sam)
        await slack.posted("forgotten our conversation")
        assert not await core.store.history.recent(session)


@pytest.mark.parametrize(("positive", "thanks"), [(True, "도움이 됐다니"), (False, "빠진 내용")])
async def test_feedback_is_thanked_for(*, positive: bool, thanks: str) -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        answer = await slack.posted("15 days")
        slack.press(answer, "saseo_feedback", positive=positive)
        told = await slack.posted(thanks)
        assert told.ephemeral_to == slack.mina.id
        assert "15 days" in answer.shown, "the answer stays"
        kept = await core.store.answers.opinions(f"slack:{slack.team.id}:{answer.channel}:{answer.thread_ts}")
        assert (kept.helpful, kept.unhelpful) == ((1, 0) if positive else (0, 1))


async def test_whoever_finds_an_answer_unhelpful_is_asked_why() -> None:
    core = await knowing()
    judge, reasons = core.store.answers.judge, []

    async def judged(id: str, *, helpful: bool, by: str, text: str = "") -> bool:  # noqa: A002
        reasons.append(text)
        return await judge(id, helpful=helpful, by=by, text=text)

    core.store.answers.judge = judged  # type: ignore[method-assign]
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        answer = await slack.posted("15 days")
        slack.press(answer, "saseo_feedback", positive=False, user=slack.sam)
        await slack.call("views.open")
        view = await slack.until(lambda: slack.modal_of(slack.sam), what="a window")
        assert view.body["title"]["text"] == "What was missing?"
        sent = await slack.submit(view, {"saseo_why": {"saseo_why": {"value": "the days of interns"}}}).settled()
        assert not sent.response
        await slack.until(lambda: len(reasons) == 2, what="the reason")
        assert reasons == ["", "the days of interns"]
        kept = await core.store.answers.opinions()
        assert (kept.helpful, kept.unhelpful) == (0, 1), "one person, one opinion"


async def test_where_no_window_opens_and_nothing_is_kept_there_are_thanks(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing()

    async def full(id: str, *, helpful: bool, by: str, text: str = "") -> bool:  # noqa: A002
        raise Unavailable("store.full", path="x")

    core.store.answers.judge = full  # type: ignore[method-assign]
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lack(["views.*"])
        slack.ask(QUESTION)
        slack.press(await slack.posted("15 days"), "saseo_feedback", positive=False, user=slack.sam)
        await slack.posted("Add what was missing")
    assert "an opinion was not kept" in caplog.text


async def test_the_home_tab_shows_how_to_ask_and_what_one_may_read() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.open_home(slack.sam)
        await slack.call("views.publish")
        home = str(slack.team.homes[slack.sam.id].body)
        assert "/ask private question" in home
        assert "Handbook" in home


async def test_the_messages_tab_proposes_questions() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.open_home(slack.sam, tab="messages")
        await slack.call("assistant.threads.setSuggestedPrompts")
        assert slack.prompts[slack.direct(slack.sam).id][0]["title"] == "What do you know?"
        slack.faults.scripted.append(Fault("assistant.*", error="channel_not_found"))
        slack.open_home(slack.sam, tab="messages")
        slack.ask(QUESTION)
        await slack.posted("15 days")


async def test_a_bug_in_a_command_does_not_end_the_answers(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing()
    page = core.store.catalogue.page
    core.store.catalogue.page = None  # type: ignore[assignment, method-assign]
    async with FakeSlack() as slack, running(slack, core):
        slack.command("/sources", user=slack.sam)
        await slack.call("users.list")
        await asyncio.sleep(0.2)
        core.store.catalogue.page = page  # type: ignore[method-assign]
        slack.ask(QUESTION)
        await slack.posted("15 days")
        assert "failed in Slack" in caplog.text


async def test_a_response_address_that_fails_is_tried_again_for_an_answer() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("response_url", status=503))
        slack.command("/ask", f"private {QUESTION}", user=slack.sam)
        assert (await slack.posted("15 days")).ephemeral_to == slack.sam.id
