"""Unanswered questions that ask for the same stand together, with the one in their middle first."""

from collections.abc import Sequence

from core.backends.memory_world import WordEmbedder
from core.ports import Vectors
from core.review import QuestionFilter
from core.types import Answer, Audience, Outcome, Question, Session
from core.unanswered import AT_ONCE, Unanswered
from tests.fakes.saseo import Core

CHANNEL = Session("slack", "T1", "C1")
ELSEWHERE = Session("slack", "T1", "C2")
EVERYTHING = QuestionFilter()


async def record(core: Core, text: str, *, session: Session = CHANNEL, outcome: Outcome = "not_found") -> None:
    await core.store.answers.record(Question(text, session, text, Audience()), Answer(text, "", outcome))


def told(wishes: object) -> list[list[str]]:
    assert isinstance(wishes, tuple)
    return [[one.asked.text, *(other.text for other in one.others)] for one in wishes]


async def test_questions_that_ask_for_the_same_stand_together() -> None:
    core = Core()
    unanswered = Unanswered(core.store.review, core.embedder)
    for text in ("where may visitors park", "lunch", "where may visitors park today", "where may visitors  park"):
        await record(core, text)
    await record(core, "answered", outcome="answered")
    await record(core, "where may visitors park elsewhere", session=ELSEWHERE)

    wishes = await unanswered.wishes(QuestionFilter(channel="slack:T1:C1", outcome="answered"))

    assert told(wishes) == [
        ["where may visitors  park", "where may visitors park today", "where may visitors park"],
        ["lunch"],
    ]
    assert [one.count for one in wishes] == [3, 1]
    assert [[row.text for row in one.wordings] for one in wishes] == [["where may visitors park today"], []]
    assert [one.count for one in await unanswered.wishes(EVERYTHING)] == [4, 1]


async def test_without_questions_nothing_is_wished() -> None:
    core = Core()
    assert await Unanswered(core.store.review, core.embedder).wishes(EVERYTHING) == ()


async def test_a_question_whose_text_was_erased_is_left_out() -> None:
    core = Core()
    await record(core, "lunch")
    await core.store.review.erase_texts(core.now.replace(year=2027))
    await record(core, "parking")
    assert told(await Unanswered(core.store.review, core.embedder).wishes(EVERYTHING)) == [["parking"]]


class CountingEmbedder(WordEmbedder):
    """Notes how many texts it is given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[int] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.given.append(len(texts))
        return await super().embed(texts)


async def test_only_what_may_be_read_is_grouped() -> None:
    core = Core()
    for text in ("lunch", "parking"):
        await record(core, text)
    unanswered = Unanswered(core.store.review, core.embedder)
    assert told(await unanswered.wishes(EVERYTHING, readable=lambda row: row.text == "lunch")) == [["lunch"]]
    assert await unanswered.wishes(EVERYTHING, readable=lambda _: False) == ()


async def test_many_questions_are_embedded_a_few_at_a_time() -> None:
    core, embedder = Core(), CountingEmbedder()
    for number in range(AT_ONCE + 1):
        await record(core, f"question number {number}")

    wishes = await Unanswered(core.store.review, embedder).wishes(EVERYTHING)

    assert sum(one.count for one in wishes) == AT_ONCE + 1
    assert embedder.given == [AT_ONCE, 1]
