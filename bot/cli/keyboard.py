"""Lines from the keyboard beside a running event loop; arrow keys bring earlier ones back."""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

PROMPT = "> "


class Keyboard:
    """Standard input, a line at a time. An interrupt ends the wait for a line, or the work that is under way."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[str | None] | None = None
        self._work: asyncio.Task[None] | None = None
        self._mode: list[Any] | None = None

    def __enter__(self) -> Self:
        with contextlib.suppress(ImportError):
            # Importing it is what gives `input` its history and its arrow keys.
            import readline  # noqa: F401
        self._mode = _terminal_mode()
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            self._loop.add_signal_handler(signal.SIGINT, self.interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            self._loop.remove_signal_handler(signal.SIGINT)
        _restore(self._mode)

    async def line(self) -> str | None:
        """The next line; None at the end of the input or when the user interrupts."""
        self._waiting = self._loop.create_future()
        # A thread of its own that may be left behind: the executor's would keep the process from ending.
        threading.Thread(target=self._read, args=(self._waiting,), daemon=True, name="keyboard").start()
        try:
            return await self._waiting
        finally:
            self._waiting = None

    async def interruptible(self, work: Coroutine[Any, Any, None]) -> bool:
        """Does the work, and returns False when the user interrupted it."""
        self._work = asyncio.create_task(work)
        try:
            await asyncio.wait({self._work})
            if self._work.cancelled():
                return False
            self._work.result()
            return True
        finally:
            self._work.cancel()
            self._work = None

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        if self._work is not None:
            self._work.cancel()
        elif self._waiting is not None:
            _settle(self._waiting, None)

    def _read(self, waiting: "asyncio.Future[str | None]") -> None:
        try:
            text: str | None = input(PROMPT if sys.stdin.isatty() else "")
        except (EOFError, OSError, UnicodeDecodeError):
            text = None
        # The loop may be gone by the time a line arrives.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_settle, waiting, text)


def _settle(waiting: "asyncio.Future[str | None]", text: str | None) -> None:
    if not waiting.done():
        waiting.set_result(text)


def _terminal_mode() -> list[Any] | None:
    try:
        import termios

        return termios.tcgetattr(sys.stdin)
    except (ImportError, OSError, ValueError):
        return None
    except termios.error:
        return None


def _restore(mode: list[Any] | None) -> None:
    """An interrupted `input` leaves the terminal without echo."""
    if mode is not None:
        import termios

        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, mode)
