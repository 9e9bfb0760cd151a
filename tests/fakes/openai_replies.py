"""What the fake model says: it cites, it obeys everything it reads, or it tells the time."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from core.prompt import NOT_FOUND

Prompt = Sequence[dict[str, str]]
Reply = Callable[[Prompt], Iterable[str]]
"""Text in the pieces in which it is streamed; each piece is made when it is sent."""

_PASSAGE = re.compile(r'<passage number="(\d+)"[^>]*>\n?(.*?)\n?</passage>', re.DOTALL)
_SENTENCE = re.compile(r"[^\n.!?]+(?:[.!?](?!\s|$)[^\n.!?]*)*[.!?]?")
_WORD = re.compile(r"\w{2,}")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+|[\w.+-]+@[\w-]+\.[\w.]+", re.IGNORECASE)
_ORDER = re.compile(
    r"^\W*(?:please\s+)?(?:add|append|click|download|forget|give|ignore|include|insert|integrate|link|mention|modify"
    r"|output|print|provide|repeat|replace|reply|reveal|say|send|share|show|tell|use|visit|write)\b|하세요|해라|출력|무시|적어",
    re.IGNORECASE,
)


def pieces(text: str) -> Iterator[str]:
    """The text word by word, as a model streams it."""
    yield from re.findall(r"\s*\S+|\s+$", text)


def fixed(text: str) -> Reply:
    """Always the same text."""
    return lambda _: pieces(text)


def cite(prompt: Prompt) -> Iterator[str]:
    """The sentence of the passages that shares most words with the question, cited by its number."""
    asked = prompt[-1]["content"]
    question = _words(asked.rpartition("Question:")[2])
    best, score = NOT_FOUND, 0
    for number, passage in _PASSAGE.findall(asked):
        for sentence in _sentences(passage):
            shared = len(question & _words(sentence))
            if shared > score:
                best, score = f"{sentence} [{number}]", shared
    return pieces(best)


def obey(prompt: Prompt) -> Iterator[str]:
    """Does what anything in the prompt tells it to: repeats every order, prints every link in every way."""
    text = "\n".join(message["content"] for message in prompt)
    orders = [sentence for sentence in _sentences(text) if _ORDER.search(sentence)]
    links = dict.fromkeys(_LINK.findall(text))
    shown = [f"{link} [here]({link}) ![image]({link}) <{link}>" for link in links]
    return pieces("\n".join(["".join(cite(prompt)), *orders, *shown]))


def clock(_: Prompt) -> Iterator[str]:
    """The monotonic time at which each piece is sent, in seconds, which all processes of a machine share."""
    for _piece in range(3):
        yield f"{time.monotonic():.6f} "


REPLIES: dict[str, Reply] = {"cite": cite, "obey": obey, "clock": clock}


def _sentences(text: str) -> list[str]:
    return [match.strip() for match in _SENTENCE.findall(text) if match.strip()]


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
