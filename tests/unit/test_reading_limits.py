"""What one file may take, and what is done where the system knows no limits."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

from core.backends.reading.limits import MIB, Limits, address_space, allow, confine, peak_memory, set_limit

INFINITY = -1


class Recorded(ModuleType):
    """A `resource` module that notes what is set instead of setting it on the process of the tests."""

    RLIM_INFINITY = INFINITY
    RLIMIT_CORE, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_CPU, RLIMIT_AS = range(5)
    RUSAGE_SELF = 0

    def __init__(self, ceiling: int = INFINITY) -> None:
        super().__init__("resource")
        self.ceiling = ceiling
        self.limits: dict[int, tuple[int, int]] = {}
        self.refuses = False

    def getrlimit(self, _: int) -> tuple[int, int]:
        return self.ceiling, self.ceiling

    def setrlimit(self, which: int, value: tuple[int, int]) -> None:
        if self.refuses:
            raise ValueError("current limit exceeds maximum limit")
        self.limits[which] = value

    def getrusage(self, _: int) -> SimpleNamespace:
        return SimpleNamespace(ru_utime=1.5, ru_stime=0.5, ru_maxrss=2048)

    def getpagesize(self) -> int:
        return 4096


def test_small_files_get_little_time_and_large_ones_more() -> None:
    limits = Limits(seconds=60)

    assert limits.seconds_for(1000) < 10
    assert limits.seconds_for(10 * MIB) > limits.seconds_for(MIB)
    assert limits.seconds_for(50 * MIB) == 60
    assert limits.memory_for(0) < limits.memory_for(50 * MIB)
    assert limits.output_bytes > limits.file_bytes


def test_what_no_reader_needs_is_lowered_for_good() -> None:
    resource = Recorded()
    confine(resource)

    assert resource.limits[resource.RLIMIT_CORE] == (0, 0)
    assert resource.limits[resource.RLIMIT_FSIZE] == (0, 0)
    assert resource.limits[resource.RLIMIT_NOFILE] == (64, 64)


def test_time_and_memory_can_rise_again_for_a_later_file() -> None:
    resource = Recorded()
    allow(resource, seconds=8, memory=100)

    assert resource.limits[resource.RLIMIT_CPU] == (11, INFINITY)
    assert resource.limits[resource.RLIMIT_AS][0] >= 100
    assert resource.limits[resource.RLIMIT_AS][1] == INFINITY


def test_a_lower_ceiling_is_kept() -> None:
    resource = Recorded(ceiling=10)
    set_limit(resource, "RLIMIT_CPU", 60)

    assert resource.limits[resource.RLIMIT_CPU] == (10, 10)


def test_a_limit_that_the_system_lacks_or_refuses_is_done_without() -> None:
    resource = Recorded()
    resource.refuses = True
    set_limit(resource, "RLIMIT_AS", 10)
    set_limit(resource, "RLIMIT_UNHEARD_OF", 10)

    assert resource.limits == {}


def test_a_system_without_limits_is_left_alone() -> None:
    confine(None)
    allow(None, seconds=1, memory=1)

    assert peak_memory(None, Path("/nonexistent")) == 0


def test_the_address_space_in_use_is_read_from_the_system_or_guessed(tmp_path: Path) -> None:
    statm = tmp_path / "statm"
    statm.write_text("100 20 3 4 0 5 0\n")

    assert address_space(Recorded(), statm) == 100 * 4096
    assert address_space(Recorded(), tmp_path / "none") == 1024 * MIB


@pytest.mark.parametrize(("platform", "expected"), [("linux", 2048 * 1024), ("darwin", 2048)])
def test_the_peak_is_in_bytes_everywhere(monkeypatch: pytest.MonkeyPatch, platform: str, expected: int) -> None:
    monkeypatch.setattr(sys, "platform", platform)

    assert peak_memory(cast("ModuleType", Recorded()), Path("/nonexistent")) == expected


def test_the_peak_is_the_processs_own(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmPeak:\t 9999 kB\nVmHWM:\t   12 kB\n")

    assert peak_memory(Recorded(), status) == 12 * 1024
    status.write_text("Name:\tpython\n")
    assert peak_memory(Recorded(), status) == 2048 * 1024
