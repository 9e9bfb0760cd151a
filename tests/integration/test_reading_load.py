"""Large files, many at once: the event loop never waits."""

import asyncio
import time

from core.backends.reading import GuardedReader
from core.backends.reading.limits import MIB


async def test_ten_files_of_the_largest_size_at_once_never_hold_the_event_loop() -> None:
    """Measured with benchmarks/reading.py: at most 30 ms with files that are all text."""
    noise = b"PK\x05\x06" + bytes(50 * MIB - 4)
    prose = ("The handbook says: 연차는 15일입니다.\n\n" * 50_000).encode()
    late: list[float] = []
    held: list[float] = []

    async def beat() -> None:
        """The clock also counts what other processes of the machine take; the thread's own time does not."""
        while True:
            before, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            late.append(time.perf_counter() - before - 0.001)
            held.append(time.thread_time() - used)

    async with GuardedReader(waiting=10) as reader:
        pulse = asyncio.create_task(beat())
        files = [("noise.zip", noise)] * 8 + [("prose.txt", prose)] * 2
        results = await asyncio.gather(*(reader.read(data, name=name) for name, data in files), return_exceptions=True)
        pulse.cancel()

    assert [getattr(result, "code", "read") for result in results] == ["read.damaged"] * 8 + ["read"] * 2
    assert max(held) < 0.05
    assert sorted(late)[int(len(late) * 0.99)] < 0.05
