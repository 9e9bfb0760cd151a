"""The evidence gate and its quotes, on small libraries and with vectors that are made by hand."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from core.clues import held, text_of
from core.errors import Unavailable
from core.evidence import MOST_OF_ONE, MOST_SENTENCES, Evidence, Frequencies
from core.ports import Vectors
from core.question_words import Numbers, ask, words
from core.types import PUBLIC, Document, Passage

HANDBOOK = (
    "Employees may request a refund of travel costs. The refund limit is 500 dollars. Receipts must be attached.",
    "Vacation: full-time staff receive 25 days of paid leave a year. Unused days expire on March 31.",
    "Working hours are from 9 a.m. to 6 p.m. Lunch is one hour. Remote work is possible two days a week.",
    "To report a security incident, write to security@example.com or call extension 4242 at once.",
    "New laptops are ordered through the IT portal. Delivery takes five working days.",
)
KOREAN = (
    "출장비 환급은 30일 이내에 신청해야 합니다. 환급 한도는 출장 한 번에 50만 원입니다. 영수증을 첨부해 주세요.",
    "휴가: 정규직 직원은 연간 25일의 유급 휴가를 받습니다. 사용하지 않은 휴가는 3월 31일에 소멸됩니다.",
    "근무 시간은 오전 9시부터 오후 6시까지입니다. 일주일에 이틀은 재택근무를 할 수 있습니다.",
)


@dataclass(frozen=True, slots=True)
class Shown:
    passage: Passage
    document: Document


def found(*texts: str, title: str = "Handbook", heading: str = "") -> list[Shown]:
    document = Document("handbook", title, "upload:handbook.md", PUBLIC)
    passages = [
        Passage("handbook", 1, place, text, heading, None, place * 1000, place * 1000 + len(text))
        for place, text in enumerate(texts)
    ]
    return [Shown(passage, document) for passage in passages]


class Topics:
    """An embedder that knows three topics by the words of both languages, and nothing else."""

    TOPICS = (("refund", "환급"), ("limit", "한도"), ("vacation", "휴가"))

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(texts)
        rows = np.zeros((len(texts), 4096), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:3] = [any(word in text.lower() for word in topic) for topic in self.TOPICS]
            row[3 + zlib.crc32(text.encode()) % 4093] = 0.3
        return rows


class Silent:
    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise Unavailable("model.unreachable")


async def test_a_question_the_handbook_answers_is_answered_and_quoted_verbatim() -> None:
    verdict = await Evidence().weigh("What is the refund limit?", found(*HANDBOOK))
    assert verdict.enough
    assert 0.5 <= verdict.score <= 1
    assert "The refund limit is 500 dollars." in " ".join(quote.text for quote in verdict.quotes)
    for quote in verdict.quotes:
        assert HANDBOOK[quote.passage][quote.start : quote.end] == quote.text
        assert 0 <= quote.score <= 1


async def test_a_korean_question_is_answered_by_its_words_alone() -> None:
    verdict = await Evidence().weigh("환급 한도가 얼마인가요?", found(*KOREAN))
    assert verdict.enough
    assert "환급 한도는 출장 한 번에 50만 원입니다." in " ".join(quote.text for quote in verdict.quotes)


@pytest.mark.parametrize("question", ["What is the capital of Mongolia?", "몽골의 수도는 어디인가요?"])
async def test_a_question_about_something_else_is_refused(question: str) -> None:
    for library in (HANDBOOK, KOREAN, HANDBOOK[:1], KOREAN[:1]):
        for evidence in (Evidence(), Evidence(Topics())):
            assert not (await evidence.weigh(question, found(*library))).enough


async def test_an_answer_in_another_language_is_found_by_meaning_only() -> None:
    across = await Evidence(Topics()).weigh("What is the refund limit?", found(*KOREAN))
    assert across.enough
    assert "환급 한도" in across.quotes[0].text
    assert not (await Evidence().weigh("What is the refund limit?", found(*KOREAN))).enough


async def test_passages_in_both_languages_are_weighed_each_in_its_way() -> None:
    both = found(KOREAN[1], HANDBOOK[0], KOREAN[2], HANDBOOK[1], "12 345")
    verdict = await Evidence(Topics()).weigh("What is the refund limit?", both)
    assert verdict.enough
    assert {quote.passage for quote in verdict.quotes} <= {1, 3, 4}


async def test_nothing_found_or_nothing_readable_is_no_evidence() -> None:
    for library in ((), ("--- ***",), ("",)):
        verdict = await Evidence(Topics()).weigh("What is the refund limit?", found(*library))
        assert (verdict.score, verdict.enough, verdict.quotes) == (0.0, False, ())


@pytest.mark.parametrize("question", ["", "?!", "what is it?", "것 수 때", "the of and", "x" * 50_000])
async def test_a_question_without_content_is_no_error(question: str) -> None:
    verdict = await Evidence(Topics()).weigh(question, found(*HANDBOOK))
    assert not verdict.enough


async def test_an_embedder_that_fails_leaves_the_words() -> None:
    verdict = await Evidence(Silent()).weigh("What is the refund limit?", found(*HANDBOOK))
    alone = await Evidence().weigh("What is the refund limit?", found(*HANDBOOK))
    assert verdict == alone


class Alike:
    """Holds every word to be as like to every text as it is told."""

    def __init__(self, likeness: float | None) -> None:
        self._likeness = likeness

    async def alike(self, words: Sequence[str], texts: Sequence[str]) -> Numbers:
        if self._likeness is None:
            raise Unavailable("embedded.failed", reason="test")
        return np.full((len(words), len(texts)), self._likeness)


async def test_words_that_are_alike_make_evidence_likelier() -> None:
    library, question = found(*HANDBOOK), "What is the reimbursement limit?"
    like = await Evidence(Topics(), likeness=Alike(0.9)).weigh(question, library)
    unlike = await Evidence(Topics(), likeness=Alike(0.1)).weigh(question, library)
    assert like.score > unlike.score


async def test_a_comparison_of_words_that_fails_leaves_the_words_themselves() -> None:
    library, question = found(*HANDBOOK), "What is the refund limit?"
    failing = await Evidence(Topics(), likeness=Alike(None)).weigh(question, library)
    assert failing == await Evidence(Topics()).weigh(question, library)


async def test_a_name_in_another_alphabet_is_no_missing_name() -> None:
    said, other = found("Sprint 일정은 팀장이 정합니다."), found("Kanban 일정은 팀장이 정합니다.")
    question = "스프린트 일정은 누가 정하나요?"
    assert (await Evidence().weigh(question, said)).score > (await Evidence().weigh(question, other)).score


async def test_where_an_amount_is_asked_a_sentence_without_a_number_is_weaker() -> None:
    question = "환급 한도는 얼마인가요?"
    told, untold = found("환급 한도는 3만 원입니다."), found("환급 한도는 팀장이 정합니다.")
    assert (await Evidence().weigh(question, told)).score > (await Evidence().weigh(question, untold)).score


async def test_rarities_come_from_the_index_where_it_tells_them() -> None:
    class Common:
        async def frequencies(self, terms: Collection[str]) -> Frequencies:
            return Frequencies(10_000, dict.fromkeys(terms, 9_000) | {"limit": 3})

    class Down:
        async def frequencies(self, terms: Collection[str]) -> Frequencies:
            raise Unavailable("index.rebuild")

    library, question = found(*HANDBOOK), "What is the refund limit for interns?"
    plain = await Evidence().weigh(question, library)
    assert (await Evidence(background=Common()).weigh(question, library)).score != plain.score
    assert await Evidence(background=Down()).weigh(question, library) == plain


async def test_what_was_not_asked_before_has_to_be_held_too() -> None:
    library, before = found(*HANDBOOK), "What is the refund limit?"
    assert (await Evidence().weigh(f"{before} for interns?", library)).enough
    assert (await Evidence().weigh(f"{before} in dollars?", library, new="the limit of refunds?")).enough
    assert not (await Evidence().weigh(f"{before} for astronauts?", library, new="for astronauts?")).enough


async def test_what_is_embedded_is_bounded_and_keeps_the_rows_with_the_words() -> None:
    rows = [f"| item {number} | {number} apples |" for number in range(200)]
    rows[150] = "| refund limit | 500 dollars |"
    topics = Topics()
    verdict = await Evidence(topics).weigh("What is the refund limit?", found(*["\n".join(rows)] * 12))
    assert len(topics.asked[0]) <= MOST_SENTENCES + 1
    assert sum("refund limit |" in text for text in topics.asked[0]) == MOST_SENTENCES // MOST_OF_ONE
    assert all(quote.text.count("\n") <= 1 for quote in verdict.quotes)


async def test_quotes_are_whole_sentences_in_the_order_of_the_document() -> None:
    verdict = await Evidence().weigh("Where are refund receipts attached?", found(*reversed(HANDBOOK)))
    places = [(quote.passage, quote.start) for quote in verdict.quotes]
    assert places == sorted(places)
    assert all(quote.text[0].isalpha() and quote.text[-1] == "." for quote in verdict.quotes)
    assert sum(quote.text.count(". ") + 1 for quote in verdict.quotes) <= 3


async def test_a_later_passage_of_the_same_document_is_quoted_later() -> None:
    first, second = found(*HANDBOOK[:2])
    verdict = await Evidence().weigh("How many days of vacation, and how many for a refund?", [second, first])
    assert [quote.passage for quote in verdict.quotes] == sorted((q.passage for q in verdict.quotes), reverse=True)


def test_words_of_a_question_lose_their_endings_and_emptiness() -> None:
    assert [word.text for word in words("출장비를 신청하는 방법에 대한 설명은 무엇입니까?")] == [
        "출장비",
        "신청",
        "방법",
    ]
    assert [word.text for word in words("What is the ERR_CONN_42 error in v2.3.1?")] == [
        "err_conn_42",
        "error",
        "v2.3.1",
    ]
    assert [word.text for word in words("다음 중 것")] == ["다음", "중", "것"]


def test_a_word_stands_in_a_text_wholly_in_part_or_not() -> None:
    (word,) = words("노트북은")
    assert held(word, text_of("새 노트북이다")) == 1.0
    assert 0 < held(word, text_of("노트를 산다")) < 1
    assert held(word, text_of("컴퓨터")) == 0.0
    (water,) = words("물은")
    assert held(water, text_of("이 물이 깨끗하다")) == 0.8
    assert held(water, text_of("불")) == 0.0
    (ship,) = words("배")
    assert held(ship, text_of("큰 (배가) 왔다")) == 1.0
    assert held(ship, text_of("택배가 왔다")) == 0.5
    assert held(ship, text_of("차가 왔다")) == 0.0
    (word,) = words("refunds")
    assert held(word, text_of("a refund")) == 1.0


def test_a_word_that_is_common_everywhere_weighs_less_than_a_rare_one() -> None:
    asked = ask("new Mongolia", counts={}, total=0)
    assert asked.weights[0] < asked.weights[1]
    assert asked.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "opening",
    [
        "## Vacation days",
        "How many days of vacation do we get?",
        "const vacation = (days) => days;",
        "휴가는 며칠인가요?",
    ],
)
async def test_headings_questions_and_code_are_not_quoted_beside_sentences(opening: str) -> None:
    verdict = await Evidence().weigh("How many days of vacation?", found(f"{opening}\n\nStaff get 25 days of leave."))
    assert [quote.text for quote in verdict.quotes] == ["Staff get 25 days of leave."]


async def test_code_is_quoted_where_no_sentence_says_it() -> None:
    code = "const vacation = (days) => days;"
    verdict = await Evidence().weigh("How many days of vacation?", found(code))
    assert [quote.text for quote in verdict.quotes] == [code]


async def test_headings_and_questions_alone_are_no_evidence() -> None:
    verdict = await Evidence().weigh(
        "How many days of vacation?", found("## How many days of vacation", "How many days of vacation?")
    )
    assert not verdict.enough
    assert not verdict.quotes


async def test_passages_in_the_language_of_the_question_go_first_where_they_hold_enough() -> None:
    both = found(*KOREAN, *HANDBOOK)
    verdict = await Evidence(Topics()).weigh("What is the refund limit?", both)
    assert verdict.enough
    assert all(quote.passage >= len(KOREAN) for quote in verdict.quotes)
