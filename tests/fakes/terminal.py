"""A terminal that keeps what is printed."""

from dataclasses import dataclass, field
from io import StringIO

from rich.console import Console

from bot.cli.terminal import Locale, Terminal


@dataclass
class Recorder:
    """What went to standard output and to standard error; `live` pretends that somebody watches."""

    live: bool = False
    locale: Locale = "en"
    _out: StringIO = field(default_factory=StringIO)
    _error: StringIO = field(default_factory=StringIO)

    def __post_init__(self) -> None:
        self.terminal = Terminal(self.locale, self._console(self._out), self._console(self._error))

    def _console(self, file: StringIO) -> Console:
        return Console(
            file=file,
            width=200,
            force_terminal=self.live,
            no_color=True,
            color_system=None,
            highlight=False,
            markup=False,
        )

    @property
    def out(self) -> str:
        return self._out.getvalue()

    @property
    def error(self) -> str:
        return self._error.getvalue()
