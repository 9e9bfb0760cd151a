"""The evidence gate with the real sentence model: small libraries by hand, and a hard sample of public questions."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.backends.embedded.use import UniversalEncoder
from core.evidence import Evidence, Verdict
from core.ports import Vectors
from core.question_words import Numbers
from core.types import PUBLIC, Document, Passage
from core.words import content_terms, terms
from tests.corpus import shared_data
from tests.unit.test_evidence import Shown, found

ENGLISH = (
    "Employees may request a refund of travel costs within 30 days. The refund limit is 500 dollars per trip.",
    "Vacation: full-time staff receive 25 days of paid leave a year. Unused days expire on March 31.",
    "Working hours are from 9 a.m. to 6 p.m. Lunch is one hour. Remote work is possible two days a week.",
    "To report a security incident, write to security@example.com or call extension 4242 at once.",
    "New laptops are ordered through the IT portal. Delivery takes five working days.",
)
KOREAN = (
    "출장비 환급은 30일 이내에 신청해야 합니다. 환급 한도는 출장 한 번에 50만 원입니다. 영수증을 첨부해 주세요.",
    "휴가: 정규직 직원은 연간 25일의 유급 휴가를 받습니다. 사용하지 않은 휴가는 3월 31일에 소멸됩니다.",
    "근무 시간은 오전 9시부터 오후 6시까지입니다. 팀장의 승인을 받으면 일주일에 이틀은 재택근무를 할 수 있습니다.",
    "보안 사고를 발견하면 즉시 security@example.com으로 메일을 보내거나 내선 4242로 전화하세요.",
    "새 노트북은 IT 포털에서 신청합니다. 배송에는 영업일 기준 5일이 걸립니다.",
)
ELSEWHERE = (
    "What is the capital of Mongolia?",
    "Who won the World Cup in 2018?",
    "How do I bake sourdough bread?",
    "How do I configure nginx as a reverse proxy?",
    "몽골의 수도는 어디인가요?",
    "김치찌개는 어떻게 끓이나요?",
    "목성의 위성은 몇 개인가요?",
    "nginx 리버스 프록시는 어떻게 설정하나요?",
)


class Model:
    """The embedded multilingual model, for sentences and for words."""

    def __init__(self) -> None:
        self._model = UniversalEncoder()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return self._model.encode(texts)

    async def alike(self, words: Sequence[str], texts: Sequence[str]) -> Numbers:
        return self._model.alike(words, texts)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    model = Model()
    return Evidence(model, likeness=model)


@pytest.mark.parametrize(
    ("library", "question", "quoted"),
    [
        (ENGLISH, "What is the refund limit?", "500 dollars"),
        (ENGLISH, "How many days of paid leave do I get?", "25 days"),
        (ENGLISH, "When do unused vacation days expire?", "March 31"),
        (ENGLISH, "How long does it take to get a new laptop?", "five working days"),
        (KOREAN, "환급 한도가 얼마인가요?", "50만 원"),
        (KOREAN, "유급 휴가는 며칠인가요?", "25일"),
        (KOREAN, "재택근무 할 수 있나요?", "이틀은 재택근무"),
        (KOREAN, "보안 사고가 나면 어디로 연락하나요?", "security@example.com"),
        (KOREAN, "What is the refund limit?", "50만 원"),
        (KOREAN, "How many days of paid leave do I get?", "25일"),
        (KOREAN, "Who do I contact about a security incident?", "security@example.com"),
        (ENGLISH, "유급 휴가는 며칠인가요?", "25 days"),
        (ENGLISH, "새 노트북은 언제 받을 수 있어요?", "IT portal"),
    ],
)
async def test_a_small_handbook_answers_in_both_languages(
    evidence: Evidence, library: tuple[str, ...], question: str, quoted: str
) -> None:
    verdict = await evidence.weigh(question, found(*library))
    assert verdict.enough
    assert quoted in " ".join(quote.text for quote in verdict.quotes)


@pytest.mark.parametrize("question", ELSEWHERE)
async def test_a_small_handbook_does_not_answer_what_it_does_not_hold(evidence: Evidence, question: str) -> None:
    for library in (ENGLISH, KOREAN, ENGLISH + KOREAN, ENGLISH[:1], KOREAN[:1]):
        assert not (await evidence.weigh(question, found(*library))).enough


@pytest.mark.corpus
@pytest.mark.parametrize(("language", "auc"), [("en", 0.92), ("ko", 0.9)])
async def test_deleting_the_passage_that_answers_shows_in_the_score(
    evidence: Evidence, language: str, auc: float
) -> None:
    """The neighbours are kept; a question is asked of the five passages with most of its words."""
    folder = shared_data("retrieval", "belebele-koen")
    texts = {row["id"]: row["text"] for row in _rows(folder / "corpus.jsonl") if row["lang"] == language}
    inside = {name: frozenset(terms(text)) for name, text in texts.items()}
    counts = Counter(term for held in inside.values() for term in held)
    there, gone = [], []
    for row in [row for row in _rows(folder / "queries.jsonl") if row["lang"] == language][::24]:
        weights = {term: math.log(len(texts) / (counts[term] or 1)) for term in content_terms(row["text"])}
        best = sorted(texts, key=lambda name: -sum(weights[term] for term in weights.keys() & inside[name]))
        gold = f"{language}-{row['id'].split('-')[1]}"
        if gold in best[:5]:
            there.append((await _weighed(evidence, row["text"], [texts[name] for name in best[:5]])).score)
        others = [texts[name] for name in best[:6] if name != gold][:5]
        gone.append((await _weighed(evidence, row["text"], others)).score)
    assert len(there) > 25
    assert np.mean([[a > b for b in gone] for a in there]) >= auc


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def _weighed(evidence: Evidence, question: str, texts: Sequence[str]) -> Verdict:
    """As passages of different documents."""
    shown = [
        Shown(Passage(f"d{place}", 1, 0, text), Document(f"d{place}", "", "api:x", PUBLIC))
        for place, text in enumerate(texts)
    ]
    return await evidence.weigh(question, shown)
