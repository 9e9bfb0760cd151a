"""The window with the settings of a channel in Slack: who may open and send it, and what goes wrong around it."""

from dataclasses import replace

from adapters.slack.api import Api
from adapters.slack.inbound import Asked
from adapters.slack.managing import may_manage
from core.channels import USUAL, ChannelSettings
from core.errors import Unavailable
from core.types import Session
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.slack_clients import web_client
from tests.integration.slack_running import QUESTION, knowing, running


def chosen(name: str, value: str) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    return {name: {name: {"selected_option": {"value": value}}}}


def general(slack: FakeSlack) -> Session:
    return Session("slack", slack.team.id, slack.general.id)


async def test_what_makes_no_sense_is_said_in_the_window_which_stays_open() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.general.creator = slack.sam.id
        slack.command("/saseo", "settings", user=slack.sam)
        view = await slack.until(lambda: slack.modal_of(slack.sam), what="a window")
        lines = "\n".join(f"https://{number}.example/" for number in range(21))
        sent = await slack.submit(view, {"sources": {"sources": {"value": lines}}}).settled()
        assert sent.response["response_action"] == "errors"
        assert "at most 20 sources" in sent.response["errors"]["sources"]
        assert not view.closed
        sent = await slack.submit(view, chosen("tone", "brief")).settled()
        assert not sent.response
        told = await slack.posted("From now on it is like this here")
        assert "Tone: Brief" in told.shown
        assert told.ephemeral_to == slack.sam.id
        assert await core.channels.get(general(slack)) == ChannelSettings(tone="brief")
        (noted,) = await core.saseo.audit.page()
        assert (noted.deed.who, noted.deed.detail) == (f"slack:{slack.team.id}:{slack.sam.id}", "tone")


async def test_the_window_is_in_the_language_of_whoever_opens_it() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.general.creator = slack.mina.id
        slack.command("/saseo", "settings", user=slack.mina)
        view = await slack.until(lambda: slack.modal_of(slack.mina), what="a window")
        assert view.body["title"]["text"] == "이 채널의 사서 설정"
        await slack.submit(view, chosen("tone", "formal")).settled()
        await slack.posted("말투: 격식 있게")


async def test_a_window_that_is_sent_as_it_was_opened_changes_nothing() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.general.creator = slack.sam.id
        slack.command("/saseo", "settings", user=slack.sam)
        view = await slack.until(lambda: slack.modal_of(slack.sam), what="a window")
        await slack.submit(view).settled()
        await slack.posted("Nothing was changed")
        assert list(await core.saseo.audit.page()) == []


async def test_whoever_may_not_decide_any_more_when_they_send_it_decides_nothing() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.general.creator = ""
        slack.sam.is_admin = True
        slack.command("/saseo", "settings", user=slack.sam)
        view = await slack.until(lambda: slack.modal_of(slack.sam), what="a window")
        slack.sam.is_admin = False
        await slack.submit(view, chosen("enabled", "off")).settled()
        await slack.posted("Only whoever created this channel")
        assert await core.channels.get(general(slack)) == USUAL


async def test_where_slack_does_not_tell_who_somebody_is_nobody_decides() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.sam.is_admin = True
        slack.faults.scripted.append(Fault("conversations.info", error="channel_not_found"))
        slack.command("/saseo", "settings", user=slack.sam)
        await slack.posted("Only whoever created this channel")
        assert slack.modal_of(slack.sam) is None


async def test_where_the_window_does_not_open_one_is_asked_to_try_again() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.general.creator = slack.sam.id
        slack.faults.scripted.append(Fault("views.open", error="expired_trigger_id"))
        slack.command("/saseo", "settings", user=slack.sam)
        await slack.posted("write `/saseo settings` once more")


async def test_where_the_settings_cannot_be_read_or_kept_that_is_said() -> None:
    core = await knowing()

    async def busy(*_: object, **__: object) -> ChannelSettings:
        raise Unavailable("store.busy")

    async with FakeSlack() as slack, running(slack, core):
        slack.general.creator = slack.sam.id
        slack.command("/saseo", "settings", user=slack.sam)
        view = await slack.until(lambda: slack.modal_of(slack.sam), what="a window")
        core.store.channels.get = busy  # type: ignore[method-assign]
        await slack.submit(view, chosen("tone", "brief")).settled()
        await slack.posted(Unavailable("store.busy").text())
        slack.command("/saseo", "settings", user=slack.sam)
        await slack.posted(Unavailable("store.busy").text(), count=2)


async def test_what_is_decided_too_late_for_its_reply_is_told_in_the_channel() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.general.creator = slack.sam.id
        slack.command("/saseo", "settings", user=slack.sam)
        view = await slack.until(lambda: slack.modal_of(slack.sam), what="a window")
        slack.clock.advance(3600)
        await slack.submit(view, chosen("tone", "formal")).settled()
        told = await slack.posted("Tone: Formal")
        assert told.ephemeral_to == slack.sam.id


async def test_a_private_answer_is_not_shared_where_the_bot_was_turned_off_meanwhile() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.command("/ask", f"private {QUESTION}", user=slack.sam)
        answer = await slack.posted("15 days")
        await core.channels.put(general(slack), ChannelSettings(enabled=False))
        slack.press(answer, "saseo_share", user=slack.sam)
        await slack.posted("turned off in this channel")
        assert [one for one in slack.answers() if one.ephemeral_to is None] == []


async def test_many_questions_at_once_that_nobody_asked_the_bot_are_not_all_answered() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        await core.channels.put(general(slack), ChannelSettings(trigger="questions"))
        for number in range(12):
            slack.say(f"{QUESTION} ({number})", user=slack.sam)
        await slack.posted("15 days", count=8)
        slack.ask("How many days of paid leave are there?", user=slack.sam)
        await slack.posted("15 days", count=9)
        assert len(slack.answers()) == 9


async def test_administrators_of_another_workspace_decide_nothing_in_a_shared_channel() -> None:
    async with FakeSlack() as slack:
        api = Api(web_client(slack))
        place = Asked("", "private", slack.team.id, slack.general.id, slack.sam.id, "", user_team=slack.team.id)
        slack.general.creator = slack.sam.id
        assert await may_manage(api, place)
        assert not await may_manage(api, replace(place, user_team="T999"))
        slack.general.creator = ""
        slack.sam.is_admin = True
        assert await may_manage(api, place)
        slack.sam.team_id = "T999"
        assert not await may_manage(api, place)
