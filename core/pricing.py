"""What tokens cost."""

from dataclasses import dataclass

from core.types import Usage

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Of one model, in dollars for a million tokens."""

    prompt: float
    completion: float

    def cost(self, usage: Usage) -> float:
        """Dollars."""
        return (usage.prompt * self.prompt + usage.completion * self.completion) / MILLION
