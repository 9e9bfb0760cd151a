"""When documents change, answers that rest on them are looked at again; when links die, their channels hear of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.backends.memory_world import ScriptedModel
from core.channels import ChannelSettings
from core.errors import Refused
from core.review import STALE, QuestionFilter
from core.shares import Share
from core.types import GUIDE, PUBLIC, Answer, Audience, Question, Scope, Session
from tests.fakes.saseo import Core
from tests.unit.followed import ASKED, CHANNEL, ID, LEAVE, MORE, TEAM, asked, notices, source_of, stocked, taught


async def test_an_answer_whose_document_says_something_else_is_corrected_once() -> None:
    core = await stocked()
    document_id = await taught(core, MORE)

    await core.following().settle()
    await core.following().settle()

    (notice,) = await notices(core)
    document = await core.store.catalogue.find(document_id)
    assert document is not None
    assert notice.id == f"{ID}+changed:{document.version}"
    assert (notice.kind, notice.about, notice.session, notice.thread) == ("changed", ID, CHANNEL, ID)
    assert (notice.author, notice.locale, notice.question) == ("U1", "ko", ASKED)
    assert notice.old_excerpt == "Full-time employees get 25 days of annual leave a year."
    assert notice.new_excerpt == "Full-time employees get 30 days of annual leave a year."
    assert (notice.title, notice.url, notice.document_id) == ("Handbook", "https://wiki/leave", document_id)
    assert notice.answer is not None
    assert "30 days" in notice.answer.text
    assert notice.answer.sources[0].document_id == document_id
    row = await core.store.answers.find(ID)
    assert row is not None
    assert "30 days" in row.answer


async def test_a_notice_stands_while_its_readers_may_read_all_that_it_shows() -> None:
    core = await stocked()
    document_id = await taught(core, MORE)
    await core.following().settle()
    (notice,) = await notices(core)

    assert await core.noticing.stands(notice, Audience.of(TEAM))
    assert not await core.noticing.stands(notice, Audience.of(PUBLIC))
    await core.store.channels.put(CHANNEL, ChannelSettings(notices=False))
    assert not await core.noticing.stands(notice, Audience.of(TEAM))
    await core.store.channels.put(CHANNEL, ChannelSettings())
    await core.library.forget([document_id])
    assert not await core.noticing.stands(notice, Audience.of(TEAM))


async def test_an_answer_is_corrected_again_when_its_document_changes_again() -> None:
    core = await stocked()
    for days in ("30", "35"):
        await taught(core, LEAVE.replace("25", days))
        await core.following().settle()

    assert [notice.new_excerpt[24:31] for notice in await notices(core)] == ["30 days", "35 days"]


async def test_an_answer_that_the_documents_no_longer_hold_is_withdrawn() -> None:
    core = await stocked()
    await taught(core, "The handbook moved to another place.")

    await core.following().settle()

    (notice,) = await notices(core)
    assert (notice.kind, notice.new_excerpt) == ("withdrawn", "")
    assert "25 days" in notice.old_excerpt
    assert [row.id for row in await core.store.answers.unanswered()] == [ID]


@pytest.mark.parametrize("text", [f"A new preface.\n\n{LEAVE}", LEAVE.replace("a year", "each year")])
async def test_an_answer_that_still_stands_is_left_alone(text: str) -> None:
    core = await stocked()
    row = await core.store.answers.find(ID)
    assert row is not None
    await taught(core, text)

    await core.following().settle()

    assert await notices(core) == []
    assert list(await core.store.changes.pending()) == []
    assert list(await core.store.answers.citing(row.citations[0].document_id, before=99)) != []


async def test_what_still_stands_asks_no_model() -> None:
    core = await stocked()
    await taught(core, f"A new preface.\n\n{LEAVE}")
    model = ScriptedModel("30 days [1]")

    await core.following(model).settle()

    assert model.asked == []


async def test_the_question_is_asked_again_within_the_old_audience() -> None:
    core = await stocked()
    secret = Scope.channel(Session("slack", "T1", "G1"))
    await taught(core, MORE.replace("30", "99"), origin="api:secret", scope=secret)
    await taught(core, MORE)

    await core.following().settle()

    (notice,) = await notices(core)
    assert notice.answer is not None
    assert "99" not in str(notice.dump())


async def test_a_question_that_leans_on_another_is_asked_again_with_it() -> None:
    core = await stocked()
    question = Question("slack:T1:C1:18.1", CHANNEL, "And for interns?", Audience.of(TEAM))
    assert (await core.chat.ask(question)).outcome == "quoted"
    await taught(core, LEAVE.replace("10 days", "12 days"))

    await core.following().settle()

    told = {notice.about: notice for notice in await notices(core)}
    assert "12 days" in told["slack:T1:C1:18.1"].new_excerpt


async def test_old_answers_are_left_as_they_are() -> None:
    core = await stocked()
    core.now += timedelta(days=31)
    await taught(core, MORE)

    await core.following().settle()

    assert await notices(core) == []


@pytest.mark.parametrize("settings", [ChannelSettings(notices=False), ChannelSettings(enabled=False)])
async def test_a_channel_that_wants_no_notices_gets_none(settings: ChannelSettings) -> None:
    core = await stocked()
    await core.store.channels.put(CHANNEL, settings)
    await taught(core, MORE)

    await core.following().settle()

    assert await notices(core) == []


async def test_nothing_is_left_for_a_platform_that_delivers_nothing() -> None:
    core = await stocked(delivers=False)
    await taught(core, MORE)

    await core.following().settle()

    assert await notices(core) == []


async def test_it_is_noted_that_an_answer_may_no_longer_hold_where_nobody_is_told() -> None:
    core = await stocked(delivers=False)
    await asked(core, text="When does the office in Busan open?", name="slack:T1:C1:18.1")
    await taught(core, MORE)

    await core.following().settle()

    page = await core.store.review.page(QuestionFilter(revisions=STALE))
    assert [(one.asked.id, one.asked.revision, one.asked.revised_at) for one in page.questions] == [
        (ID, "doubtful", core.now)
    ]
    assert "25 days" in page.questions[0].asked.answer


async def test_an_answer_does_not_grow_doubtful_by_what_it_does_not_tell() -> None:
    core = await stocked(delivers=False)
    row = await core.store.answers.find(ID)
    assert row is not None
    cited = replace(source_of(row.citations[0].document_id), excerpt=f"{LEAVE} The canteen is closed.")
    asked_again = Question(ID, CHANNEL, ASKED, Audience.of(TEAM))
    await core.store.answers.record(asked_again, Answer(ID, "They get 25 days [1].", "answered", (cited,)))
    await taught(core, f"{LEAVE} Bring your own cup.")

    await core.following().settle()

    assert (await core.store.review.page(QuestionFilter(revisions=STALE))).questions == ()


async def test_a_channel_gets_a_few_notices_a_day_and_no_more() -> None:
    core = await stocked()
    for number in range(7):
        await asked(core, name=f"slack:T1:C1:{number}.0")
    await taught(core, MORE)
    await core.following().settle()
    assert len(await notices(core)) == 5
    page = await core.store.review.page(QuestionFilter(revisions=STALE))
    assert [one.asked.revision for one in page.questions].count("changed") == 5
    assert [one.asked.revision for one in page.questions].count("doubtful") == 3

    core.now += timedelta(days=1)
    await taught(core, LEAVE.replace("25", "35"))
    await core.following().settle()
    assert len(await notices(core)) == 5


async def test_a_link_that_died_is_told_to_every_channel_where_it_was_shared_once() -> None:
    page = "https://example.com/faq"
    core = Core(pages={page: b"The office opens at nine."})
    core.noticing.delivers("slack")
    elsewhere = Session("slack", "T1", "C2")
    for session, message in ((CHANNEL, "1"), (CHANNEL, "2"), (elsewhere, "3")):
        document = (await core.knowledge.share_link(page, scope=TEAM, share=Share(session, message, page))).document
    quiet = Session("slack", "T1", "C3")
    await core.store.channels.put(quiet, ChannelSettings(notices=False))
    await core.knowledge.share_link(page, scope=TEAM, share=Share(quiet, "4", page))
    core.web.pages[page] = Refused("fetch.gone")
    for _ in range(6):
        document = (await core.library.refresh(document)).document
        await core.following().settle()

    told = await notices(core)

    assert document.state == "dead"
    assert [(notice.kind, notice.session, notice.thread) for notice in told] == [
        ("dead", CHANNEL, "slack:T1:C1:1"),
        ("dead", elsewhere, "slack:T1:C2:3"),
    ]
    assert (told[0].url, told[0].answer, told[0].about) == (page, None, f"slack:T1:C1:1:{page}")
    assert await core.noticing.stands(told[0], Audience.of(TEAM))


async def test_the_guide_corrects_nothing() -> None:
    core = Core()
    core.noticing.delivers("slack")
    await taught(core, LEAVE, scope=GUIDE)
    await asked(core, scopes=(PUBLIC,))
    await taught(core, MORE, scope=GUIDE)

    await core.following().settle()

    assert await notices(core) == []
