"""What `ingest` was pointed at: files, folders with everything in them, and links."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.desk import File
from core.errors import Refused

LINK = ("http://", "https://")
SEPARATOR = " - "
"""Joins the folders of a file to its name: the API keeps no slashes."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A target that cannot be taken in, and why."""

    name: str
    reason: Refused


Target = File | str | Wrong
"""A file, a link, or what is wrong with it."""


def targets(arguments: Sequence[str]) -> Iterator[Target]:
    """Everything these arguments stand for, in order. Two files of one name would replace each other: the second is
    wrong."""
    seen: dict[str, Path] = {}
    for target in _expanded(arguments):
        if not isinstance(target, File):
            yield target
            continue
        first = seen.setdefault(target.name, target.path)
        if first == target.path:
            yield target
        else:
            yield Wrong(str(target.path), Refused("cli.same_name", name=target.name, first=str(first)))


def _expanded(arguments: Sequence[str]) -> Iterator[Target]:
    for argument in arguments:
        if argument.lower().startswith(LINK):
            yield argument
        else:
            yield from _files(argument)


def _files(argument: str) -> Iterator[Target]:
    path = Path(argument)
    try:
        if path.is_dir():
            yield from _folder(path)
        elif path.is_file():
            yield File(path, path.name)
        else:
            yield Wrong(argument, Refused("cli.no_such_file", name=argument))
    except OSError as error:
        # A name that is too long, or a folder that may not be looked into.
        yield Wrong(argument, Refused("desk.unreadable", name=argument, reason=error.strerror or str(error)))


def _folder(folder: Path) -> Iterator[Target]:
    found = False
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder).parts
        if not any(part.startswith(".") for part in inner) and path.is_file():
            found = True
            yield File(path, SEPARATOR.join(inner))
    if not found:
        yield Wrong(str(folder), Refused("cli.empty_folder", name=str(folder)))
