"""A question ends in exactly one answer, and every way it can end."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import pytest

from core.backends.memory_world import ScriptedModel, WordEmbedder
from core.chat import QUESTION_LIMIT, Limits, cleaned
from core.errors import Refused, Unavailable
from core.ports import Vector
from core.types import GUIDE, PUBLIC, Answer, Audience, Passage, Question, Scope, Session, Turn
from tests.fakes.saseo import Core

LEAVE = "Full-time employees get 25 days of annual leave a year. Interns get 10 days of annual leave a year."
OFFICE = "The office in Busan opens at nine in the morning and closes at six in the evening."
COOKING = "Boil the noodles for four minutes and serve them with spring onions."
CHANNEL = Session("slack", "T1", "C1")
ASKED = "How many days of annual leave do full-time employees get?"


def question(text: str = ASKED, *, name: str = "1", scopes: tuple[Scope, ...] = (PUBLIC,), **more: object) -> Question:
    return Question(id=name, session=CHANNEL, text=text, audience=Audience.of(*scopes), **more)  # type: ignore[arg-type]


async def stocked(model: ScriptedModel | None = None, *, limits: Limits | None = None) -> Core:
    core = Core(model=model, limits=limits or Limits())
    await core.library.add_text(LEAVE, origin="api:leave", title="Handbook", url="https://wiki.example/leave")
    await core.library.add_text(OFFICE, origin="api:office", title="Offices")
    await core.library.add_text(COOKING, origin="api:noodles", title="Recipes")
    return core


async def collect(core: Core, asked: Question) -> tuple[list[str], Answer]:
    deltas: list[str] = []
    async for part in core.chat.stream(asked):
        if isinstance(part, Answer):
            return deltas, part
        deltas.append(part)
    raise AssertionError("no answer")


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
    assert await core.store.answers.unanswered() == [text]


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


async def test_the_same_question_is_answered_once() -> None:
    core = await stocked()
    await core.chat.ask(question())
    with pytest.raises(Refused) as refusal:
        await core.chat.ask(question())
    assert refusal.value.code == "chat.duplicate"


async def test_a_question_whose_answer_was_broken_off_can_be_asked_again() -> None:
    waiting = asyncio.Event()
    core = await stocked(ScriptedModel("You get ", waiting, "25 days [1]."))
    stream = core.chat.stream(question())
    assert await anext(stream) == "You get "
    await stream.aclose()  # type: ignore[attr-defined]
    waiting.set()
    assert (await core.chat.ask(question())).outcome == "answered"


async def test_questions_of_one_session_wait_for_each_other_and_others_do_not() -> None:
    go_on = asyncio.Event()
    core = await stocked(ScriptedModel("You get ", go_on, "25 days [1]."))
    first = core.chat.stream(question())
    assert await anext(first) == "You get "
    second = asyncio.create_task(core.chat.ask(question(name="2")))
    elsewhere = Question("3", Session("slack", "T1", "C2"), "hello", Audience.of(PUBLIC))
    assert (await core.chat.ask(elsewhere)).outcome == "answered"
    assert not second.done()
    go_on.set()
    assert [part async for part in first][-1]
    assert (await second).outcome == "answered"
    turns = await core.store.history.recent(CHANNEL)
    assert [turn.role for turn in turns] == ["human", "ai", "human", "ai"]


async def test_too_many_waiting_in_one_session_are_told_to_come_back() -> None:
    go_on = asyncio.Event()
    core = await stocked(ScriptedModel("You get ", go_on, "25 [1]."), limits=Limits(waiting=0))
    first = core.chat.stream(question())
    await anext(first)
    with pytest.raises(Unavailable) as refusal:
        await core.chat.ask(question(name="2"))
    assert refusal.value.code == "chat.busy"
    go_on.set()
    assert [part async for part in first]
    assert (await core.chat.ask(question(name="2"))).outcome == "answered"


class ShelvesAway:
    """Shelves that cannot be reached."""

    async def resolve(self, keys: Collection[object], audience: Audience) -> Mapping[object, object]:
        raise Unavailable("library.empty", name="the store")


class Broken(WordEmbedder):
    """An embedder with a bug."""

    async def question(self, text: str) -> Vector:
        raise ZeroDivisionError("secret detail")


async def test_trouble_ends_in_a_reason_with_a_reference() -> None:
    core = await stocked()
    core.retrieval._shelves = ShelvesAway()  # type: ignore[assignment]
    answer = await core.chat.ask(question())
    assert answer.outcome == "failed"
    assert answer.reference is not None
    assert answer.reference in answer.text
    assert "the store" in answer.text
    assert await core.store.history.recent(CHANNEL) == ()


async def test_a_bug_ends_in_a_reference_alone(caplog: pytest.LogCaptureFixture) -> None:
    core = Core(embedder=Broken())
    answer = await core.chat.ask(question())
    assert answer.outcome == "failed"
    assert answer.reference is not None
    assert answer.reference in answer.text
    assert answer.reference in caplog.text
    assert "secret detail" not in answer.text
    assert "ZeroDivisionError" in caplog.text


async def test_a_document_that_is_forgotten_while_the_answer_is_written_is_not_cited() -> None:
    go_on = asyncio.Event()
    core = await stocked(ScriptedModel("You get ", go_on, "25 days [1]."))
    stream = core.chat.stream(question())
    assert await anext(stream) == "You get "
    found = await core.retrieval.search(ASKED, audience=Audience.of(PUBLIC), limit=1)
    await core.library.forget([found[0].document.id])
    go_on.set()
    answer = [part async for part in stream][-1]
    assert isinstance(answer, Answer)
    assert answer.outcome == "not_found"
    assert "25" not in answer.text


class VanishingShelves:
    """Shelves whose passages are gone whenever an answer is to be delivered."""

    def __init__(self, core: Core) -> None:
        self.kept = core.store.shelves

    async def resolve(self, keys: Collection[object], audience: Audience) -> Mapping[object, object]:
        return {}

    async def passages(self, document_id: str, *, first: int = 0, count: int | None = None) -> Sequence[Passage]:
        return await self.kept.passages(document_id, first=first, count=count)


async def test_an_answer_whose_ground_keeps_vanishing_is_not_given() -> None:
    core = await stocked(ScriptedModel("25 days [1]."))
    core.chat._shelves = VanishingShelves(core)  # type: ignore[assignment]
    answer = await core.chat.ask(question())
    assert answer.outcome == "not_found"
    assert not answer.sources


class Forgetful:
    """A history that cannot be reached."""

    async def append(self, session: Session, turns: Sequence[Turn]) -> None:
        raise Unavailable("chat.busy")

    async def recent(self, session: Session, *, limit: int = 20) -> Sequence[Turn]:
        raise Unavailable("chat.busy")

    async def clear(self, session: Session) -> None:
        raise Unavailable("chat.busy")


async def test_an_answer_is_given_although_the_history_is_away() -> None:
    core = await stocked()
    core.chat._history = Forgetful()
    assert (await core.chat.ask(question())).outcome == "quoted"


@pytest.mark.parametrize("text", ["", "  \n ", "?!", "\x00\x01", "\u200b"])
async def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        await Core().chat.ask(question(text))
    assert refusal.value.code == "chat.empty"


async def test_a_question_as_long_as_a_book_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        await Core().chat.ask(question("a " * QUESTION_LIMIT))
    assert refusal.value.code == "chat.too_long"


def test_control_characters_are_taken_out_of_a_question() -> None:
    assert cleaned("a\x00b\ud800c\nd") == "a b\ufffdc\nd"
