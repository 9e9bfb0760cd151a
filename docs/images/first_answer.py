"""Draws the picture of the README from a real run: `make picture`."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
HANDBOOK = """# Handbook of the Busan office

## Annual leave

Full-time employees get 25 days of annual leave a year. Up to five days that were not taken move to the next year.

Interns get 12 days of annual leave a year, and it does not move to the next year.

## Office hours

The office opens at 8 in the morning and closes at 7 in the evening. The side door needs a badge.

## Expenses

Send receipts to the accounts team by the fifth of the next month. Taxis after 10 in the evening are paid in full.
"""
SCENES = (
    ("ingest", "handbook.md"),
    ("ask", "How many days of leave do full-time employees get?"),
    ("ask", "인턴은 휴가가 며칠인가요?"),
    ("ask", "Who won the football match?"),
)
COLUMNS = 96


def main() -> None:
    """Runs the scenes in an empty folder and writes the picture beside this file."""
    console = Console(record=True, width=COLUMNS, file=Path(os.devnull).open("w", encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "COLUMNS": str(COLUMNS), "SASEO_LOCALE": "en"}
        for command, argument in SCENES:
            shown = f'"{argument}"' if " " in argument else argument
            console.print(Text.assemble(("$ ", "bold green"), (f"saseo {command} {shown}", "bold")))
            done = subprocess.run(
                [sys.executable, "-m", "bot", command, argument],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=True,
            )
            console.print(Text(done.stdout.rstrip()), "\n")
    # The picture must not load fonts from elsewhere.
    drawn = re.sub(r"@font-face \{.*?\}|<!-- .*? -->", "", console.export_svg(title="saseo"), flags=re.DOTALL)
    (HERE / "first-answer.svg").write_text(drawn.replace("Fira Code", "ui-monospace"), encoding="utf-8")


if __name__ == "__main__":
    main()
