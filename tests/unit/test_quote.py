"""The answer without a model: sentences word for word, each with the number of its source."""

import pytest

from core.evidence import Quote
from core.quote import quoted


def test_each_quote_carries_the_number_of_its_source() -> None:
    quotes = (Quote(2, "First.\nSecond.", 0, 14, 0.9), Quote(0, "Third.", 0, 6, 0.5), Quote(2, "Fourth.", 20, 27, 0.4))
    text, cited = quoted(quotes, locale="en")
    assert text == ("From your documents, word for word:\n\n> First.\n> Second. [1]\n\n> Third. [2]\n\n> Fourth. [1]")
    assert cited == (2, 0)


def test_a_quote_in_the_place_of_a_model_says_why() -> None:
    text, _ = quoted((Quote(0, "First.", 0, 6, 0.9),), locale="ko", note="chat.model_failed")
    assert text.splitlines()[0].startswith("지금은 언어 모델에")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Run:\n```console\n$ make run", "> Run:\n> ```console\n> $ make run\n> ```\n> [1]"),
        ("Run:\n```\n$ make run\n```", "> Run:\n> ```\n> $ make run\n> ```\n> [1]"),
        ("Run:\n```", "> Run: [1]"),
        ("~~~", "> ~~~\n> ~~~\n> [1]"),
    ],
)
def test_no_code_block_is_left_open(text: str, shown: str) -> None:
    told, _ = quoted((Quote(0, text, 0, len(text), 0.9),), locale="en")
    assert told.partition("\n\n")[2] == shown
