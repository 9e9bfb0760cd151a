"""What counts as small talk, and what never does."""

import time

import pytest

from core.messages import LOCALES, render
from core.smalltalk import reply


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        (
            "greeting",
            [
                "hi",
                "Hello there!",
                "HEYYY team",
                "good morning everyone",
                "안녕하세요~",
                "안녕 사서야",
                "ㅎㅇ",
                "좋은 아침입니다!",
                "<@U123> hi",
                "yo :wave:",
            ],
        ),
        (
            "thanks",
            [
                "thanks!!! 😀",
                "Thank you so much",
                "네 감사합니다 ㅎㅎ",
                "고마워요",
                "that was very helpful, thanks",
                "수고하셨습니다",
                "ok, thx",
                "알려주셔서 감사합니다",
            ],
        ),
        ("farewell", ["bye", "see you later", "안녕히 계세요", "좋은 하루 되세요!", "have a nice day"]),
        ("feeling", ["hey bot, how are you?", "how’s it going", "잘 지내요?", "hi, are you there?"]),
        (
            "introduction",
            [
                "who are you?",
                "너는 누구야?",
                "이름이 뭐예요?",
                "what can you do?",
                "help",
                "도와주세요",
                "자기소개 해줘",
            ],
        ),
        ("acknowledgement", ["ok", "네", "알겠습니다", "got it", "ㅇㅋ", "sounds good"]),
        ("wordless", ["👍", "???", "ㅋㅋㅋ", ":tada:", ""]),
    ],
)
def test_small_talk_is_answered(code: str, texts: list[str]) -> None:
    for text in texts:
        assert reply(text) == f"smalltalk.{code}", text
        assert all(render(f"smalltalk.{code}", locale) for locale in LOCALES)


@pytest.mark.parametrize(
    "text",
    [
        "hi, what is the refund limit?",
        "안녕하세요, 환불 한도가 얼마인가요?",
        "thanks, and for interns?",
        "고마워 근데 환불은?",
        "help desk number",
        "morning shift hours",
        "네트워크 설정",
        "cool roof policy",
        "감사 보고서",
        "welcome kit",
        "what do you do when the server is down",
        "good morning message template",
        "how are you billed?",
        "who are you allowed to share this with?",
        "안녕 캠페인 일정",
        "today",
        "team",
        "ERR_CONN_42",
        "42",
        "hello " * 20,
        "환불",
    ],
)
def test_a_question_is_never_swallowed(text: str) -> None:
    assert reply(text) is None


def test_hostile_text_is_quick() -> None:
    begin = time.process_time()
    for text in ("네 " * 26 + "x", "ok so " * 13, "h" + "i" * 79, "a" * 100_000, "haha" * 20, "<@" * 40):
        reply(text)
    assert time.process_time() - begin < 1
