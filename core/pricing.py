"""What tokens cost, and about how many a text has."""

from dataclasses import dataclass

from core.types import Usage

MILLION = 1_000_000
BYTES_PER_TOKEN = 3.75
"""Measured on Korean and English text alike."""


def estimate_tokens(*texts: str) -> int:
    """About how many tokens these texts are, where the vendor does not say."""
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    return round(size / BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Prices:
    """Of one model, in dollars for a million tokens."""

    prompt: float
    completion: float

    def cost(self, usage: Usage) -> float:
        """Dollars."""
        return (usage.prompt * self.prompt + usage.completion * self.completion) / MILLION
