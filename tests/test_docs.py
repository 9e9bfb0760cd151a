"""The documentation is whole: settings, commands, routes and texts are all there, and nothing is there twice."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, cast

import pytest
import typer.core
import typer.main

from adapters.http.api import create_app
from bot.cli import build
from bot.settings import SENTENCES, Settings
from core.messages import LOCALES, catalogue

if TYPE_CHECKING:
    from core.saseo import Saseo

ROOT = Path(__file__).parents[1]
CODE = sorted(path for folder in ("bot", "adapters", "core") for path in (ROOT / folder).rglob("*.py"))
CODE_WORD = re.compile(r"[a-z_]+\.[a-z_0-9]+")
MAKERS = {"Refused", "Unavailable", "render", "found", "say", "note"}
"""What makes a text out of a code and its values."""


def read(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def variables() -> set[str]:
    return {name.upper() for name in Settings.model_fields}


def test_the_example_names_exactly_the_settings() -> None:
    names = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", read(".env.example"), flags=re.MULTILINE)
    assert sorted(names) == sorted(variables())


def test_the_example_holds_the_defaults() -> None:
    lines = re.findall(r"^([A-Z][A-Z_]+)=(.+)$", read(".env.example"), flags=re.MULTILINE)
    given = Settings.model_validate({name.lower(): value for name, value in lines})
    assert given.model_dump() == Settings.model_validate({}).model_dump()


def test_the_configuration_page_names_exactly_the_settings() -> None:
    names = re.findall(r"^\| `([A-Z][A-Z_]+)` \|", read("docs", "configuration.md"), flags=re.MULTILINE)
    assert sorted(names) == sorted(variables())


def test_the_configuration_page_names_the_defaults() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)` \|", read("docs", "configuration.md"), flags=re.MULTILINE)
    given = Settings.model_validate({name.lower(): value for name, value in rows})
    assert given.model_dump() == Settings.model_validate({}).model_dump()
    plain = {name for name, field in Settings.model_fields.items() if field.default not in (None, ())}
    assert {name.upper() for name in plain} == {name for name, _ in rows}


def commands() -> dict[str, list[str]]:
    """The options of every command by its name."""
    program = typer.main.get_command(build())
    assert isinstance(program, typer.core.TyperGroup)
    return {
        name: [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        for name, command in program.commands.items()
    }


def test_every_command_is_documented_with_all_of_its_options() -> None:
    page = read("docs", "usage.md")
    sections = dict(re.findall(r"^### saseo (\S+)\n(.*?)(?=^##|\Z)", page, flags=re.MULTILINE | re.DOTALL))
    assert sorted(sections) == sorted(commands())
    missing = {
        (name, option) for name, options in commands().items() for option in options if option not in sections[name]
    }
    assert missing - {(name, "--help") for name in sections} == set()


def test_every_route_is_documented_and_every_documented_route_exists() -> None:
    app = create_app(cast("Saseo", None), version="0", token=None, max_file_bytes=1)
    routes = {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}
    documented = re.findall(r"^### ((?:GET|POST|PUT|PATCH|DELETE) \S+)$", read("docs", "api.md"), flags=re.MULTILINE)
    assert sorted(documented) == sorted(routes)


def test_every_threat_names_tests_that_exist() -> None:
    lines = [line for line in read("docs", "security.md").splitlines() if line.startswith("| ") and "---" not in line]
    for threat, _, proof in (line.strip("| ").split(" | ") for line in lines[1:]):
        named = re.findall(r"`(tests/[a-z_/]+\.py)::(test_[a-z_0-9]+)`", proof)
        assert named, threat
        for path, name in named:
            assert re.search(rf"^ *(?:async )?def {name}\(", read(path), flags=re.MULTILINE), f"{path}::{name}"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_catalogues_hold_the_same_texts_with_the_same_placeholders(locale: str) -> None:
    english, other = catalogue("en"), catalogue(locale)
    assert sorted(other) == sorted(english)
    assert {code for code in english if placeholders(english[code]) != placeholders(other[code])} == set()
    assert {code for code, text in other.items() if not text.strip()} == set()


def strings(tree: ast.AST) -> Iterator[str]:
    """Literals that may be codes; of an f-string its beginning, with a star."""
    beginnings = [node.values[0] for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) and node.values]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value + ("*" if node in beginnings else "")


TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in CODE}
CONSOLE = ROOT / "adapters" / "http" / "console"


def spoken() -> Iterator[str]:
    """Codes in templates, and those that scripts make of a name; joined ones with a star."""
    for path in (CONSOLE / "templates").iterdir():
        found = re.findall(r'"([a-z_]+\.[a-z_0-9]*)"( ~)?', path.read_text(encoding="utf-8"))
        yield from (code + ("*" if joined else "") for code, joined in found)
    for path in (CONSOLE / "static").glob("*.js"):
        names = re.findall(r'"([a-z_]+)"', path.read_text(encoding="utf-8"))
        yield from (f"console_script.{name}" for name in names)


USED = {text for tree in TREES.values() for text in strings(tree)} | set(spoken())


def test_every_text_is_used() -> None:
    beginnings = tuple(text[:-1] for text in USED if text.endswith("*") and "." in text and text != "console.*")
    assert {code for code in catalogue("en") if code not in USED and not code.startswith(beginnings)} == set()


def calls() -> Iterator[tuple[str, str, set[str | None]]]:
    """Where a text is made, its code, and the names of the values it gets."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in MAKERS:
                continue
            for part in node.args:
                if isinstance(part, ast.Constant) and CODE_WORD.fullmatch(str(part.value)):
                    yield f"{path.name}:{node.lineno}", str(part.value), {word.arg for word in node.keywords}


def test_every_code_has_a_text() -> None:
    assert {(where, code) for where, code, _ in calls() if code not in catalogue("en")} == set()
    assert set(SENTENCES.values()) <= set(catalogue("en"))


def test_a_text_gets_a_value_for_each_of_its_placeholders() -> None:
    lacking = {
        f"{where} {code}"
        for where, code, given in calls()
        if None not in given and not placeholders(catalogue("en")[code]) <= given
    }
    assert lacking == set()
