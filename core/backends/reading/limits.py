"""How much time, memory and output the reading of one file may take, and how a child is held to it."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

MIB = 1024 * 1024
FILES_PER_WORKER = 100
OPEN_FILES = 64
BASE_MEMORY = 320 * MIB
"""Address space that the smallest file may add to what the process has already."""
RETIRE_MEMORY = 256 * MIB
"""A process that ever held so much makes room for a fresh one."""
MEMORY_PER_BYTE = 12
_HIGH_WATER = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
SHORTEST_SECONDS = 8.0
"""For files of up to one MiB."""
SECONDS_PER_MIB = 4.0
"""For each further MiB."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on reading one file; what depends on its size grows with it."""

    file_bytes: int = 50 * MIB
    seconds: float = 60.0
    """The longest wall clock time for a file of any size."""

    @property
    def output_bytes(self) -> int:
        """The most text a file may give: UTF-8 can be half as long again as the file's own encoding."""
        return 2 * self.file_bytes + MIB

    def seconds_for(self, size: int) -> float:
        """Wall clock seconds for a file of `size` bytes: small hostile files end soon."""
        return min(self.seconds, SHORTEST_SECONDS + SECONDS_PER_MIB * max(0.0, size / MIB - 1))

    def memory_for(self, size: int) -> int:
        """Bytes of address space that a file of `size` bytes may add."""
        return BASE_MEMORY + MEMORY_PER_BYTE * size


def confine(resource: ModuleType | None) -> None:
    """Lowers for good what no reader needs: core dumps, written files, many open files."""
    if resource is None:
        return
    for name, value in (("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", 0), ("RLIMIT_NOFILE", OPEN_FILES)):
        set_limit(resource, name, value, value)


def allow(resource: ModuleType | None, *, seconds: float, memory: int) -> None:
    """Allows the next file so much processor time and address space; both may rise again for a later file."""
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    set_limit(resource, "RLIMIT_CPU", int(used + seconds) + 1)
    set_limit(resource, "RLIMIT_AS", address_space(resource) + memory)


def address_space(resource: ModuleType, statm: Path = Path("/proc/self/statm")) -> int:
    """Bytes of address space in use; where the system does not say, a generous guess."""
    try:
        return int(statm.read_text().split()[0]) * int(resource.getpagesize())
    except OSError:
        return 1024 * MIB


def peak_memory(resource: ModuleType | None, status: Path = Path("/proc/self/status")) -> int:
    """The most memory in bytes that this process ever held; 0 where the system does not say.

    Linux counts the parent's memory into `ru_maxrss` of a child, so its own file comes first.
    """
    try:
        held = _HIGH_WATER.search(status.read_text())
    except OSError:
        held = None
    if held:
        return int(held.group(1)) * 1024
    if resource is None:
        return 0
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * (1 if sys.platform == "darwin" else 1024)


def set_limit(resource: ModuleType, name: str, soft: int, hard: int | None = None) -> None:
    """Sets one limit; a system that has none or refuses it (macOS and RLIMIT_AS) does without."""
    limit = getattr(resource, name, None)
    if limit is None:
        return
    ceiling = resource.getrlimit(limit)[1]
    top = ceiling if hard is None else hard
    wanted = soft if ceiling == resource.RLIM_INFINITY else min(soft, ceiling)
    try:
        resource.setrlimit(limit, (wanted, top))
    except (OSError, ValueError):
        return
