"""A model that stops when the day's budget is used up, and counts what it takes."""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from core.errors import Unavailable
from core.limits import Budget
from core.ports import Message, Model
from core.pricing import Prices, estimate_tokens
from core.types import Usage

log = logging.getLogger(__name__)


class BudgetedModel:
    """`Model` within a budget. Questions that are under way when it is used up are still answered."""

    def __init__(self, model: Model, budget: Budget, *, prices: Prices | None) -> None:
        self._model = model
        self._budget = budget
        self._prices = prices

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._model.name

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """What the model streams. Raises Refused `limits.budget` once the budget is used up."""
        await self._budget.check()
        written: list[str] = []
        usage: Usage | None = None
        try:
            async with aclosing(self._model.stream(messages)) as parts:
                async for part in parts:
                    if isinstance(part, Usage):
                        usage = part
                    else:
                        written.append(part)
                    yield part
        finally:
            if usage is None and written:
                # Broken off: the vendor bills it all the same.
                usage = Usage(estimate_tokens(*(message.text for message in messages)), estimate_tokens(*written))
            if usage is not None:
                await self._spend(usage)

    async def _spend(self, usage: Usage) -> None:
        dollars = self._prices.cost(usage) if self._prices is not None else 0.0
        try:
            if await self._budget.spend(tokens=usage.prompt + usage.completion, dollars=dollars):
                log.warning("the model's budget of today is nearly used up, or just is: answers will be quotes then")
        except Unavailable as error:
            log.warning("what the model took could not be counted: %s", error.code)
