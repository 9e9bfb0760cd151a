"""What is answered from what, and what is not."""

import pytest

from core.backends.memory_world import ScriptedModel
from core.errors import Refused, Unavailable
from core.types import GUIDE, PUBLIC, Scope, Turn
from tests.fakes.saseo import Core
from tests.unit.chatting import ASKED, LEAVE, collect, question, stocked


async def test_without_a_model_the_best_sentences_are_quoted_with_their_source() -> None:
    core = await stocked()
    answer = await core.chat.ask(question())
    assert answer.outcome == "quoted"
    assert "25 days" in answer.text
    assert "[1]" in answer.text
    assert answer.sources[0].title == "Handbook"
    assert answer.sources[0].excerpt == LEAVE
    assert answer.elapsed > 0


async def test_a_model_is_given_numbered_passages_and_its_citations_become_sources() -> None:
    model = ScriptedModel("You get ", "25 days", " [1].")
    core = await stocked(model)
    deltas, answer = await collect(core, question())
    assert "".join(deltas) == answer.text == "You get 25 days [1]."
    assert answer.outcome == "answered"
    assert [source.title for source in answer.sources] == ["Handbook"]
    assert answer.model == "scripted"
    assert answer.usage.completion > 0
    assert '<passage number="1" title="Handbook">' in model.asked[0][-1].text


@pytest.mark.parametrize("text", ["hello", "안녕하세요", "thanks!"])
async def test_small_talk_gets_no_sources_and_no_search(text: str) -> None:
    core = await stocked(ScriptedModel("never"))
    answer = await core.chat.ask(question(text))
    assert answer.outcome == "answered"
    assert not answer.sources
    assert answer.model is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("What is the capital city of Mongolia called?", "could not find"),
        ("몽골의 수도는 어디인가요?", "찾지 못했어요"),
    ],
)
async def test_what_the_documents_do_not_hold_is_said_in_the_language_of_the_question(text: str, says: str) -> None:
    core = await stocked(ScriptedModel("never"))
    answer = await core.chat.ask(question(text))
    assert answer.outcome == "not_found"
    assert says in answer.text
    assert not answer.sources
    assert [row.text for row in await core.store.answers.unanswered()] == [text]


async def test_the_nearest_titles_are_named_when_nothing_was_found() -> None:
    core = await stocked()
    answer = await core.chat.ask(question("Which employees met the king of Norway at the annual gala in Oslo?"))
    assert answer.outcome == "not_found"
    assert "Handbook" in answer.nearest
    assert "- Handbook" in answer.text


async def test_a_model_may_find_that_the_passages_do_not_hold_the_answer() -> None:
    core = await stocked(ScriptedModel("NOT_IN", "_DOCUMENTS", "."))
    deltas, answer = await collect(core, question())
    assert deltas == []
    assert answer.outcome == "not_found"
    assert answer.model == "scripted"


async def test_words_that_begin_like_the_word_for_not_found_are_shown() -> None:
    core = await stocked(ScriptedModel("NOT", "E: 25 days [1]."))
    deltas, answer = await collect(core, question())
    assert "".join(deltas) == answer.text == "NOTE: 25 days [1]."


@pytest.mark.parametrize("pieces", [(Unavailable("chat.busy"),), ("You get ", Refused("chat.empty"))])
async def test_a_model_that_fails_is_replaced_by_a_quote_that_says_so(pieces: tuple[str | Unavailable, ...]) -> None:
    core = await stocked(ScriptedModel(*pieces))
    answer = await core.chat.ask(question())
    assert answer.outcome == "quoted"
    assert "cannot be reached" in answer.text
    assert "25 days" in answer.text


async def test_an_answer_that_cites_nothing_is_replaced_by_a_quote() -> None:
    core = await stocked(ScriptedModel("Trust me, it is 99 days."))
    answer = await core.chat.ask(question())
    assert answer.outcome == "quoted"
    assert "99" not in answer.text


async def test_only_links_that_stand_in_the_documents_are_shown() -> None:
    core = await stocked(ScriptedModel("See https://wiki.example/leave [1] or https://evil.example/x ."))
    answer = await core.chat.ask(question())
    assert "https://wiki.example/leave" in answer.text
    assert "evil" not in answer.text


async def test_nobody_is_told_what_they_may_not_read() -> None:
    core = Core()
    secret = Scope("channel:slack:T1:C9")
    await core.library.add_text(LEAVE, origin="api:leave", title="Secret handbook", scope=secret)
    answer = await core.chat.ask(question())
    assert answer.outcome == "not_found"
    assert "Secret" not in answer.text
    assert (await core.chat.ask(question(name="2", scopes=(PUBLIC, secret)))).outcome == "quoted"


async def test_a_follow_up_is_understood_through_the_question_before() -> None:
    model = ScriptedModel("10 days [1].")
    core = await stocked(model)
    await core.chat.ask(question())
    answer = await core.chat.ask(question("and for interns?", name="2"))
    assert answer.outcome == "answered"
    assert [message.role for message in model.asked[1]] == ["system", "human", "ai", "human"]


@pytest.mark.parametrize(("asked", "title"), [("When does the office open?", "Offices"), ("Boil noodles?", "Recipes")])
async def test_a_short_question_about_something_new_is_answered_from_what_is_about_that(asked: str, title: str) -> None:
    core = await stocked()
    await core.chat.ask(question())
    answer = await core.chat.ask(question(asked, name="2"))
    assert answer.sources[0].title == title


async def test_a_short_question_that_nothing_answers_is_not_answered_with_the_last_one() -> None:
    core = await stocked()
    await core.chat.ask(question())
    assert (await core.chat.ask(question("How do I connect Slack?", name="2"))).outcome == "not_found"


async def test_a_thread_that_the_bot_joins_is_context() -> None:
    core = await stocked()
    context = (Turn("human", ASKED),)
    assert (await core.chat.ask(question("and for interns?", context=context))).outcome == "quoted"


async def test_the_guide_answers_only_where_nothing_else_does() -> None:
    core = await stocked()
    await core.library.add_text(
        "To connect Slack, create an app and set SLACK_BOT_TOKEN. Employees get no annual leave days from Slack.",
        origin="guide:slack.md",
        title="Slack",
        scope=GUIDE,
    )
    assert (await core.chat.ask(question("How do I connect Slack with an app?"))).sources[0].title == "Slack"
    assert (await core.chat.ask(question(name="2"))).sources[0].title == "Handbook"
