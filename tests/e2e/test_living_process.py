"""What is shared while the program is killed again and again. Many more kills are in benchmarks."""

from pathlib import Path

import pytest

from tests.e2e.living_crashes import EVERY, crashes

KILLS = len(EVERY) + 1
"""`benchmarks/living_crash.py` kills it 200 times."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_killed_at_random_moments_nothing_is_half_nothing_twice_and_nothing_lost(
    tmp_path: Path, platform: str
) -> None:
    outcome = await crashes(tmp_path, platform=platform, kills=KILLS, seed=3)
    assert outcome.faults == 0, outcome
    assert outcome.done.keys() == set(EVERY)
