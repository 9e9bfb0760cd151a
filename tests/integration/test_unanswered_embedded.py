"""Unanswered questions in Korean and English, grouped by the built-in model."""

from core.backends.embedded import EmbeddedEmbedder
from core.review import QuestionFilter
from core.types import Answer, Audience, Question, Session
from core.unanswered import Unanswered
from tests.fakes.saseo import Core

PARKING = {"주차장은 어디에 있나요?", "주차는 어디에 하나요?", "Where can I park my car?"}
CARD = {"법인카드는 어떻게 신청하나요?", "법인카드 신청 방법 알려줘"}
VPN = {"VPN does not connect", "cannot connect to the vpn"}
ALONE = {"점심 메뉴 뭐예요?", "Who approves a deployment?", "연봉 협상은 언제 하나요?"}


async def test_who_asks_for_the_same_in_other_words_or_another_language_stands_together() -> None:
    core = Core()
    for text in [*sorted(ALONE), *sorted(VPN), *sorted(PARKING), *sorted(CARD)]:
        await core.store.answers.record(
            Question(text, Session("slack", "T1", "C1"), text, Audience()), Answer(text, "", "not_found")
        )
    embedder = EmbeddedEmbedder()
    try:
        wishes = await Unanswered(core.store.review, embedder).wishes(QuestionFilter())
    finally:
        await embedder.close()
    found = [{wish.asked.text, *(row.text for row in wish.others)} for wish in wishes]
    assert found[0] == PARKING
    assert sorted(map(sorted, found[1:3])) == sorted(map(sorted, [CARD, VPN]))
    assert sorted(map(sorted, found[3:])) == sorted([text] for text in ALONE)
