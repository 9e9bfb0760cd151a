"""Files in Slack while the program is killed again and again. Many more kills are in benchmarks."""

from pathlib import Path

from tests.e2e.slack_sharing_crashes import crashes


async def test_killed_at_random_moments_every_file_is_told_of_once_and_none_comes_back(tmp_path: Path) -> None:
    outcome = await crashes(tmp_path, kills=9, seed=3)
    assert outcome.lost == 0
    assert outcome.twice == 0
    assert outcome.remembered == 0
    assert outcome.unknown == 0
