"""What the tests of the fetcher share."""

from collections.abc import Awaitable

import pytest

from core.errors import Refused, Unavailable
from core.ports import Fetched

LIMIT = 1_000_000
HERE = ("127.0.0.1",)


async def refusal(fetching: Awaitable[Fetched]) -> Refused:
    """The refusal that a fetch ends with; it has a text in both languages."""
    with pytest.raises(Refused) as refused:
        await fetching
    assert refused.value.text("en") != refused.value.text("ko")
    return refused.value


async def fault(fetching: Awaitable[Fetched]) -> Unavailable:
    """The fault that a fetch ends with; it has a text in both languages."""
    with pytest.raises(Unavailable) as unavailable:
        await fetching
    assert unavailable.value.text("en") != unavailable.value.text("ko")
    return unavailable.value
