"""What looks after shared things beside the answers: patience, troubles of stores and of Slack, many workspaces."""

import asyncio
from typing import Any

import pytest

from core.backends.memory_world import PlainReader
from core.channels import ChannelSettings
from core.errors import Unavailable
from core.types import Reading, Scope, Session
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.sharing import NOTHING, documents, forgotten, holds, known, private, thread
from tests.integration.slack_installing import opened, two
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running


class Broken(PlainReader):
    """A reader with a bug for one file."""

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        if name == "odd.txt":
            raise RuntimeError("odd")
        return await super().read(data, name=name, media_type=media_type)


async def test_a_bug_while_reading_is_told_as_a_reference_and_holds_up_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    core = await knowing(text=NOTHING, reader=Broken())
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        message = slack.upload_all({"odd.txt": "x", "good.txt": LEAVE}, channel=channel)
        await slack.posted("reference", thread_ts=message.ts)
        assert "Read *good.txt*" in thread(slack, message)[0]
        assert "RuntimeError: odd" in caplog.text


async def test_a_refusal_that_cannot_be_noted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core) as adapter:
        book: Any = type(adapter._living.learning.forgetting.book)

        async def away(*_: object) -> None:
            raise Unavailable("chat.busy")

        monkeypatch.setattr(book, "refused", away)
        slack.upload("void.txt", "", channel=private(slack))
        await slack.posted("There is no text in void.txt")


async def test_an_odd_reply_of_slack_forgets_nothing() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack:
        channel = private(slack)
        async with running(slack, core):
            slack.upload("handbook.txt", LEAVE, channel=channel)
            await known(core)
        for faults in (
            [Fault("conversations.info", error="fatal_error"), Fault("conversations.replies", error="fatal_error")],
            [Fault("conversations.info", times=9, status=500)],
            [Fault("conversations.replies", times=9, status=500)],
        ):
            before = len(slack.calls)
            slack.faults.scripted = faults
            async with running(slack, core):
                await slack.until(
                    lambda before=before: [one for one in list(slack.calls)[before:] if "conversations" in one.method],  # type: ignore[misc]
                    what="a look",
                )
                await asyncio.sleep(0.2)
            assert len(await documents(core)) == 1


async def test_what_is_shared_is_kept_before_it_is_acknowledged() -> None:
    core = await knowing(text=NOTHING)
    accept = core.store.inbox.accept
    async with FakeSlack() as slack, running(slack, core):
        slack.outbox.retry_after = (0.0, 0.05, 0.05)
        failures = 1

        async def failing(*arguments: Any, **more: Any) -> bool:
            nonlocal failures
            if failures:
                failures -= 1
                raise Unavailable("chat.busy")
            return await accept(*arguments, **more)

        core.store.inbox.accept = failing  # type: ignore[method-assign]
        message = slack.upload("handbook.txt", LEAVE, channel=private(slack))
        await slack.posted("handbook.txt", thread_ts=message.ts)
        assert not failures


async def test_a_redelivered_file_is_told_of_once() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.socket_mode.faults.lost_acks = 2
        slack.outbox.retry_after = (0.0, 0.05, 0.05)
        message = slack.upload("handbook.txt", LEAVE, channel=private(slack))
        await slack.posted("handbook.txt", thread_ts=message.ts)
        await asyncio.sleep(0.5)
        assert len(thread(slack, message)) == 1


async def test_questions_are_answered_while_files_are_read() -> None:
    class Slow(PlainReader):
        async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
            if name.startswith("slow"):
                await asyncio.sleep(3600)
            return await super().read(data, name=name, media_type=media_type)

    core = await knowing(reader=Slow())
    async with FakeSlack() as slack, running(slack, core) as adapter:
        adapter.drain_seconds = 0.1
        for number in range(30):
            slack.upload(f"slow{number}.txt", LEAVE, channel=private(slack, f"c{number}"))
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted("15 days")


async def test_what_goes_in_one_workspace_stays_in_another_and_all_are_compared_at_the_start() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack:
        async with opened(slack, core) as office:
            (_, first), (_, second) = await two(office)
            for channel in (first, second):
                await core.store.channels.put(
                    Session("slack", channel.team_id, channel.id), ChannelSettings(ingestion="auto")
                )
            ann, bob = slack.new_user("ann", team=first.team_id), slack.new_user("bob", team=second.team_id)
            slack.join(first, ann)
            slack.join(second, bob)
            here = slack.upload("here.txt", LEAVE, channel=first, user=ann)
            slack.upload("there.txt", "Lunch is at noon.", channel=second, user=bob)
            await known(core, 2)
            slack.delete(here)

            async def one() -> bool:
                return [document.title for document in await documents(core)] == ["there.txt"]

            await holds(one, what="the other one alone")
        second.is_archived = True
        async with opened(slack, core):
            await forgotten(core)


async def test_a_workspace_that_removed_the_app_while_nobody_was_looking_is_forgotten_at_the_start() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack:
        async with opened(slack, core) as office:
            (gone, first), (stays, second) = await two(office)
            for channel in (first, second):
                slack.ask(QUESTION, channel=channel)
                await slack.posted("find", channel=channel)
            scopes = [Scope.workspace("slack", one.id) for one in (gone, stays)]
            for scope in scopes:
                await core.library.add_text(LEAVE, scope=scope, title=str(scope))
        slack.world.app.events.clear()
        slack.uninstall(gone)
        async with opened(slack, core):

            async def forgotten_with_all() -> bool:
                left = await core.store.installations.workspaces("slack")
                return left == [stays.id] and not await core.store.installations.leaving("slack")

            await holds(forgotten_with_all, what="the workspace to be forgotten")
            assert [one.scope for one in await documents(core)] == [scopes[1]]
            assert {name.split(":")[1] for name in core.store.inbox._entries} == {stays.id}


async def test_what_is_told_waits_while_slack_is_away_and_is_left_to_the_next_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adapters.slack.shelving.DELIVERY_WAITS", (0.05, 0.05))
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack:
        slack.faults.scripted.append(Fault("chat.postMessage", times=100, status=503))
        async with running(slack, core):
            message = slack.upload("handbook.txt", LEAVE, channel=private(slack))
            await slack.call("reactions.remove")
        slack.faults.scripted.clear()
        async with running(slack, core):
            await slack.posted("Read *handbook.txt*", thread_ts=message.ts)
        await asyncio.sleep(0.2)
        assert len(thread(slack, message)) == 1


async def test_what_may_not_be_told_is_known_all_the_same() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("chat.postMessage", error="restricted_action"))
        message = slack.upload("handbook.txt", LEAVE, channel=private(slack))
        await slack.call("reactions.remove")
        assert message.reactions.keys() == {"white_check_mark"}
        assert len(await documents(core)) == 1


async def test_the_button_reads_nothing_of_a_message_that_went() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack:
        async with running(slack, core):
            message = slack.upload("handbook.txt", LEAVE, user=slack.sam)
            asked = await slack.posted("Shall I read")
        slack.delete(message)
        async with running(slack, core):
            await slack.press(asked, "saseo_learn", user=slack.sam).settled()
            await slack.call("conversations.replies")
            await asyncio.sleep(0.2)
        assert not await documents(core)
