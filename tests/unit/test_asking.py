"""Messages that ask something, told from those that people just write to each other."""

import pytest

from core.asking import MOST_SENTENCES, asks


@pytest.mark.parametrize(
    "text",
    [
        "How many days of leave do we have?",
        "how do I request access to the VPN",
        "where is the handbook",
        "does anyone know how the printer works",
        "Can someone tell me who owns billing?",
        "what time does the office close",
        "휴가는 며칠이에요?",
        "연차 신청은 어떻게 하나요",
        "비밀번호 재설정 어떻게 해요",
        "출장비 한도가 얼마인가요",
        "식대 영수증은 언제까지 내야 합니까",
        "VPN 접속 방법 아시는 분 계신가요",
        "회의실 예약 방법 알려주세요",
        "재택근무 해도 될까요",
        "퇴사 절차?",
        "와이파이비밀번호뭐예요?",
        "다음 배포는 언제죠",
        "법인카드 어디서 신청하는지",
        "Hi team, how long is the notice period",
        "Is there a policy for travel",
        "I was wondering whether we can carry leave over",
        "경비 처리 규정이 궁금합니다",
        "Hello. The build fails. What does error E42 mean?",
        "질문 있습니다",
        "누가 결재하나요",
        "회의실은 어디인지 궁금해요",
        "이거 왜 안 돼요",
        "내일 출근합니까",
        "쉬어도 되는지요",
        "`code` broke. Where is the log stored?",
        "야근 수당은 얼마임",
    ],
)
def test_a_question_is_recognised(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Good morning!",
        "ok?",
        "진짜요?",
        "Thanks, that helped",
        "내일 만나요",
        "그럼 회의에서 만나요",
        "집에 가요",
        "그러니까 내일 다시 합시다",
        "I deployed the new version.",
        "When I arrived he left",
        "What a nice day for a walk",
        "see https://example.com/?q=what+is+this",
        "배포 끝났습니다",
        "회의 끝나요",
        "are you sure?",
        "How are you?",
        "안녕하세요",
        "점심 먹으러 가요",
        "you too?",
        "> how many days do we have?",
        "`SELECT what FROM how?`",
        "The report is done, please have a look at it",
        "확인했습니다 감사합니다",
        "How nice of you to come along",
        "we should do that tomorrow",
        "",
        "?",
        "네",
        "...",
        "```\nhow do we deploy the thing?\n```",
        "x" * 2001 + "?",
        "그렇죠?",
        "휴가",
        "좋아요 그렇게 할게요",
        "다음에 뵙겠습니다",
    ],
)
def test_whatever_asks_nothing_is_left_alone(text: str) -> None:
    assert not asks(text)


def test_only_so_many_sentences_are_looked_at() -> None:
    question = "How many days of leave do we have?"
    assert asks("Fine. " * (MOST_SENTENCES - 1) + question)
    assert not asks("Fine. " * MOST_SENTENCES + question)
