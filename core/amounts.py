"""Tells questions that ask for an amount, and texts that tell one."""

import re

_ASKS = re.compile(r"몇|얼마|\bhow (?:many|much|far|long|old|big|large|fast|often)\b", re.IGNORECASE)
_TELLS = re.compile(
    r"\d|(?<![\uac00-\ud7a3])(?:[한두세네]|다섯|여섯|일곱|여덟|아홉|열|수십|수백|수천|수만) "
    r"|[일이삼사오육칠팔구십백천만억] ?[개명번년월일]"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundreds?|thousands?|millions?|half|once|twice)\b",
    re.IGNORECASE,
)
"""Digits, and numbers in words where a counted thing follows."""


def asks_how_many(question: str) -> bool:
    """Whether an amount would answer it: how many, how long, how far."""
    return _ASKS.search(question) is not None


def tells_a_number(text: str) -> bool:
    """Whether a number stands in it, in digits or in words."""
    return _TELLS.search(text) is not None
