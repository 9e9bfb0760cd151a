"""The command line. Commands import what they need when they run, so that `--help` is quick."""

import sys
from collections.abc import Sequence

import typer

from bot.cli import backing_up, check, connect, knowledge, moving, serve, shelf, subjects, talk
from bot.cli.terminal import exit_code, open_terminal
from core.errors import SaseoError

INTERRUPTED = 130


def build() -> typer.Typer:
    """The program with all of its commands."""
    app = typer.Typer(
        name="saseo",
        help="Answers a team's questions from their documents, with numbered sources.",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,
    )

    @app.callback(invoke_without_command=True)
    def default(context: typer.Context) -> None:
        """Answers a team's questions from their documents, with numbered sources. Alone it means `run`."""
        if context.invoked_subcommand is None:
            serve.run(only=None)

    for group in (serve, talk, knowledge, shelf, moving, backing_up, subjects, check, connect):
        group.register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and ends the process: 0 done, 1 not done, 2 started wrongly, 130 interrupted."""
    try:
        build()(args=None if arguments is None else list(arguments), prog_name="saseo")
    except SaseoError as error:
        open_terminal().complain(error)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
