"""The pieces of the command line that need no library."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.greeting import greeting, program
from bot.cli.scopes import audience_of, scope_of
from bot.cli.targets import Wrong, targets
from bot.cli.terminal import Paper, exit_code, locale_of, plain, show_answer, table
from bot.desk import File
from bot.roles import ROLES, address, chosen
from bot.settings import Settings
from bot.version import version
from core.errors import Refused, Unavailable
from core.types import PUBLIC, Answer, Audience, Scope, Source
from tests.fakes.terminal import Recorder


def settings(**values: object) -> Settings:
    return Settings.model_validate(values)


def test_a_folder_stands_for_every_file_in_it_but_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.txt", ".hidden", ".git/config", "a/.env"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert list(targets([str(tmp_path)])) == [
        File(tmp_path / "a" / "c.txt", "a - c.txt"),
        File(tmp_path / "b.txt", "b.txt"),
    ]


def test_a_command_whose_output_nobody_reads_on_ends_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        paper = Paper()
        paper.print("read")
        assert os.read(reader, 100) == b"read\n"
        os.close(reader)
        paper.print("not read" * 10_000)
        assert paper.quiet
        paper.print("not even written")


def test_files_and_links_stand_for_themselves(tmp_path: Path) -> None:
    file = tmp_path / "휴가.pdf"
    file.touch()
    given = ["https://example.com/a", "HTTP://example.com", str(file), str(file)]
    assert list(targets(given)) == [*given[:2], File(file, "휴가.pdf"), File(file, "휴가.pdf")]


def test_two_files_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.txt").touch()
    first, second = targets([str(tmp_path / "a"), str(tmp_path / "b" / "same.txt")])
    assert first == File(tmp_path / "a" / "same.txt", "same.txt")
    assert isinstance(second, Wrong)
    assert second.reason.code == "cli.same_name"


@pytest.mark.parametrize(
    ("name", "code"), [("gone.txt", "cli.no_such_file"), ("\x00", "cli.no_such_file"), ("x" * 5000, "desk.unreadable")]
)
def test_what_is_not_there_is_wrong_and_says_so(name: str, code: str, tmp_path: Path) -> None:
    (wrong,) = targets([str(tmp_path / name)])
    assert isinstance(wrong, Wrong)
    assert wrong.reason.code == code


def test_an_empty_folder_is_wrong(tmp_path: Path) -> None:
    (wrong,) = targets([str(tmp_path)])
    assert isinstance(wrong, Wrong)
    assert wrong.reason.code == "cli.empty_folder"


def test_scopes_are_public_unless_named() -> None:
    assert audience_of(None) == audience_of([]) == Audience.of(PUBLIC)
    assert audience_of(["workspace:slack:T1"]) == Audience.of(Scope("workspace:slack:T1"))
    with pytest.raises(Refused, match="everybody"):
        scope_of("everybody")


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "SASEO_LOCALE": "ko"}, "ko"),
        ({"LC_ALL": "", "LANG": "ko"}, "ko"),
    ],
)
def test_the_environment_decides_the_language(environment: dict[str, str], locale: str) -> None:
    assert locale_of(environment) == locale


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("settings.number", name="X"), 2),
        (Refused("run.held", directory="d", pid=1), 2),
        (Refused("http.port", host="h", port=1, reason="r"), 2),
        (Refused("cli.scope", name="x"), 1),
        (Unavailable("desk.unreachable", url="u"), 1),
    ],
)
def test_a_wrong_start_and_a_failed_wish_have_different_exit_codes(error: Refused | Unavailable, code: int) -> None:
    assert exit_code(error) == code


def test_a_document_does_not_steer_the_terminal() -> None:
    assert plain("a\x1b[2Jb\x07\x9b\u202ec\n\td한") == "a[2Jbc\n\td한"


async def parts(*given: str | Answer) -> AsyncIterator[str | Answer]:
    for part in given:
        yield part


SOURCES = (
    Source(1, "d1", "Handbook", "x", url="https://example.com/h", page=3, heading="Handbook > Leave"),
    Source(2, "d2", "Notes [bold]", "y", heading="Notes [bold]"),
)


async def test_an_answer_is_shown_with_numbered_sources() -> None:
    recorder = Recorder()
    await show_answer(parts("25 ", "days [1].", Answer("q", "25 days [1].", "answered", SOURCES)), recorder.terminal)
    assert recorder.out == ("25 days [1].\n\n[1] Handbook, p. 3 - Leave\n    https://example.com/h\n[2] Notes [bold]\n")


async def test_where_somebody_watches_it_is_shown_while_it_is_written() -> None:
    recorder = Recorder(live=True)
    answer = parts("25 ", "days \x1b[2J[1].", Answer("q", "25 days [1].", "answered"))
    given = [part async for part in answer]
    await show_answer(parts(*given[:-1], Answer("q", "25 days \x1b[2J[1].", "answered")), recorder.terminal)
    assert recorder.out == "25 days [2J[1].\n"


async def test_the_text_that_counts_replaces_what_was_streamed() -> None:
    recorder = Recorder(live=True)
    await show_answer(parts("25 mon", Answer("q", "> 25 days [1]", "quoted", SOURCES[1:])), recorder.terminal)
    assert recorder.out == "25 mon\n> 25 days [1]\n\n[2] Notes [bold]\n"


def test_a_table_shows_markup_as_it_is() -> None:
    recorder = Recorder()
    table(["a"], [["[red]x[/red]\x1b"]], recorder.terminal)
    assert "[red]x[/red]\n" in recorder.out


@pytest.mark.parametrize("locale", ["en", "ko"])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"openai_api_key": "sk-x", "redis_url": "redis://h", "chroma_url": "http://h", "refresh_interval": 0},
        {"enable_tracing": True, "langsmith_api_key": "k"},
        {"langsmith_api_key": "k"},
    ],
)
def test_a_start_says_three_lines(values: dict[str, object], locale: str) -> None:
    given = settings(**values)
    lines = greeting(given, chosen(None, given), locale)
    assert len(lines) == 3
    assert not any("\n" in line or "{" in line for line in lines)
    assert "http://127.0.0.1:8000" in lines[2]
    assert ("REFRESH_INTERVAL" in lines[1]) == ("refresh_interval" in values)
    assert ("OPENAI_API_KEY" in lines[1]) == ("openai_api_key" not in values)


def test_a_process_without_an_api_says_where_there_is_none() -> None:
    assert "http://" not in greeting(settings(), ("scheduler",), "en")[2]
    everything = settings(openai_api_key="sk-x", redis_url="redis://h", enable_tracing=True, langsmith_api_key="k")
    assert greeting(everything, ROLES, "en")[1] == "Off:  nothing."


def test_the_example_can_be_typed_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = tmp_path / ".venv" / "bin" / "saseo"
    assert program(str(launcher.with_name("python"))) == "python -m bot"
    launcher.parent.mkdir(parents=True)
    launcher.touch()
    assert program(str(launcher.with_name("python"))) == str(launcher)
    monkeypatch.chdir(tmp_path)
    assert program(str(launcher.with_name("python"))) == ".venv/bin/saseo"


def test_roles_are_those_configured_or_those_named() -> None:
    assert chosen(None, settings()) == ("http", "scheduler")
    assert chosen(None, settings(refresh_interval=0)) == ("http",)
    assert chosen("scheduler, http", settings()) == ("http", "scheduler")
    for wrong in ("", ",", "http,dance"):
        with pytest.raises(Refused) as refusal:
            chosen(wrong, settings())
        assert refusal.value.code == "run.unknown_role"


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000")],
)
def test_the_address_is_one_that_this_machine_reaches(host: str, url: str) -> None:
    assert address(settings(api_host=host, api_token="t-o-k-e-n")) == url


def test_the_version_is_that_of_the_checkout_or_of_the_installation(tmp_path: Path) -> None:
    assert version().count(".") == 2
    assert version(tmp_path / "none.toml") in {"unknown", version()}
