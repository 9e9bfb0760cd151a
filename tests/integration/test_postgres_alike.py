"""The store in memory and the store on PostgreSQL do the same, whatever is done to them in whatever order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.postgres import PostgresStore, open_postgres
from tests.fakes.postgres import PostgresServer
from tests.integration import test_knowledge_alike, test_stores_alike
from tests.integration.stores import SEAL, Clock
from tests.integration.test_knowledge_alike import DAY

pytestmark = pytest.mark.postgres

EXAMPLES = 4
"""What is wrong with the steps themselves is found on SQLite, where they are quicker."""


@asynccontextmanager
async def opened(server: PostgresServer, clock: Clock, ttl: float) -> AsyncIterator[PostgresStore]:
    async with open_postgres(await server.emptied(), seal=SEAL, clock=clock, history_ttl=ttl) as store:
        yield store


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps=st.lists(st.tuples(test_stores_alike.STEPS, st.sampled_from([0.0, 0.0, 50.0])), min_size=10, max_size=25))
def test_documents_and_talk(
    postgres_server: PostgresServer, steps: Sequence[tuple[test_stores_alike.Step, float]]
) -> None:
    asyncio.run(test_stores_alike.check_alike(steps, lambda clock, ttl: opened(postgres_server, clock, ttl)))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    steps=st.lists(
        st.tuples(test_knowledge_alike.STEPS, st.sampled_from([0.0, 0.0, 100 * DAY])), min_size=10, max_size=25
    )
)
def test_shares_changes_and_answers(
    postgres_server: PostgresServer, steps: Sequence[tuple[test_knowledge_alike.Step, float]]
) -> None:
    asyncio.run(test_knowledge_alike.check_alike(steps, lambda clock, ttl: opened(postgres_server, clock, ttl)))
