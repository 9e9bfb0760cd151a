"""What is the same wherever a question is answered: the core is heard, and what is in its way becomes a sentence."""

import logging
import secrets
from collections.abc import Callable
from contextlib import aclosing

from core.chat import Chat
from core.errors import SaseoError, Unavailable
from core.messages import render
from core.types import Answer, Language, Question
from core.words import language

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 50
"""A question that ended the process so often is not tried again."""
ANSWER_SECONDS = 600.0
"""A model that is not done by then is given up, while the answer can still be shown where it was asked."""


async def heard(chat: Chat, question: Question, write: Callable[[str], None]) -> Answer | None:
    """The answer, after its text was written as it came; none where another process gives it."""
    answer: Answer | None = None
    async with aclosing(chat.stream(question)) as parts:
        async for part in parts:
            if isinstance(part, Answer):
                answer = part
            else:
                write(part)
    return answer


def spoken(answer: Answer, question: Question) -> Language:
    """The language of an answer, else that of whoever asked."""
    found = language(answer.text)
    return question.locale if found == "other" else found


def sentence(error: Exception, locale: str, *, platform: str) -> str:
    """What is said of what is in the way of an answer; nothing where another process gives it."""
    if isinstance(error, TimeoutError):
        return referred("gave up a question that took too long", locale, error=error)
    if not isinstance(error, SaseoError):
        return referred("answering in %s failed", locale, platform, error=error)
    if error.code == "chat.duplicate":
        return ""
    level = logging.WARNING if isinstance(error, Unavailable) else logging.INFO
    log.log(level, "a question in %s is answered with what is in its way: %s", platform, error.code)
    return error.text(locale)


def referred(message: str, locale: str, *details: object, error: Exception | None = None) -> str:
    """Logs what went wrong under a short reference, which is all that people are told of it."""
    reference = secrets.token_hex(4)
    log.error(f"{message} (reference %s)", *details, reference, exc_info=error)  # noqa: G004 - the message is ours
    return render("chat.bug", locale, reference=reference)
