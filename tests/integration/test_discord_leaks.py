"""In random servers no answer gives away what somebody who sees it may not read. The whole is in benchmarks."""

from tests.integration.discord_leaks import leaks


async def test_nothing_leaks_in_random_servers() -> None:
    tally = await leaks(300, seed=7)
    assert tally.leaks == []
    assert tally.lost == []
    assert tally.found > 30
    assert tally.withheld > 30
    assert tally.listed > 5
