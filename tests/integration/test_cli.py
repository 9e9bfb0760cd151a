"""Commands against a running process: a real HTTP server over a core in memory holds the data directory."""

import asyncio
import io
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.http.adapter import HttpAdapter
from adapters.http.api import create_app
from bot.cli import main
from bot.lock import hold
from bot.settings import Settings
from core.backends.memory_world import ScriptedModel
from core.errors import Unavailable
from core.types import GUIDE
from tests.fakes.saseo import Core
from tests.ports import free_port

ASKED = "How many days of annual leave do full-time employees get?"
TEXT = "Full-time employees get 25 days of annual leave."
URL = "https://example.com/leave"
TOKEN = "a-long-random-word"


class Running:
    """A process that serves the API, in a thread of its own."""

    def __init__(self, core: Core, *, port: int) -> None:
        self.core = core
        self._app = create_app(core.saseo, version="1", token=TOKEN, max_file_bytes=1_000_000)
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve)
        self._task: asyncio.Task[None] | None = None
        self._begun = threading.Event()

    def start(self) -> None:
        self._thread.start()
        self._begun.wait()

    def stop(self) -> None:
        assert self._task is not None
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _serve(self) -> None:
        adapter = HttpAdapter(self._app, host="127.0.0.1", port=self._port)
        self._task = self._loop.create_task(adapter.run())
        self._begun.set()
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a data directory of its own."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("API_TOKEN", TOKEN)
    monkeypatch.setenv("SASEO_LOCALE", "en")
    return tmp_path


@pytest.fixture
def running(place: Path) -> Iterator[Running]:
    port = free_port()
    core = Core(model=ScriptedModel("You get ", "25 days [1]."), pages={URL: TEXT.encode()})
    process = Running(core, port=port)
    with hold(place / "data", url=f"http://127.0.0.1:{port}"):
        process.start()
        yield process
        process.stop()


def saseo(*arguments: str) -> int:
    """Runs a command and returns its exit code."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


@pytest.mark.usefixtures("running")
def test_a_folder_and_a_link_are_taken_in_and_asked(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "notes").mkdir()
    (place / "notes" / "leave.txt").write_text(TEXT, encoding="utf-8")
    assert saseo("ingest", "notes", URL) == 0
    out = capsys.readouterr().out
    assert "added      leave.txt (1 passages, id " in out
    assert f"added      {URL}" in out
    assert out.endswith("2 taken in, 0 refused.\n")
    assert saseo("ask", ASKED) == 0
    assert capsys.readouterr().out.startswith("You get 25 days [1].\n\n[1] ")
    assert saseo("ingest", "notes") == 0
    assert "unchanged  leave.txt" in capsys.readouterr().out


@pytest.mark.usefixtures("running")
def test_what_is_refused_is_named_and_the_exit_code_says_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "empty.txt").write_text(" ", encoding="utf-8")
    (place / "leave.txt").write_text(TEXT, encoding="utf-8")
    assert saseo("ingest", "empty.txt", "leave.txt", "gone.pdf") == 1
    out = capsys.readouterr().out
    assert "refused    empty.txt: " in out
    assert "refused    gone.pdf: There is no file or folder" in out
    assert "added      leave.txt" in out
    assert out.endswith("1 taken in, 2 refused.\n")


def test_documents_are_listed_without_the_guide_and_forgotten(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert saseo("sources") == 0
    assert "There are no documents yet." in capsys.readouterr().out
    asyncio.run(running.core.library.add_text("About Saseo", origin="guide:x", scope=GUIDE))
    asyncio.run(running.core.library.add_text(TEXT, origin="test", title="핸드북"))
    assert saseo("sources") == 0
    out = capsys.readouterr().out
    assert "핸드북" in out
    assert "About Saseo" not in out
    assert saseo("sources", "--json") == 0
    (document,) = json.loads(capsys.readouterr().out)
    assert (document["title"], document["scope"], document["passages_count"]) == ("핸드북", "public", 1)
    assert saseo("forget", document["id"], "0123") == 1
    out = capsys.readouterr().out
    assert f"forgotten  {document['id']}" in out
    assert "There is no document with the id 0123." in out
    assert saseo("forget", document["id"]) == 1


def test_links_are_checked_again(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    assert saseo("refresh") == 0
    assert "There are no links to check." in capsys.readouterr().out
    added = asyncio.run(running.core.library.add_link(URL))
    text = asyncio.run(running.core.library.add_text(TEXT, origin="test"))
    assert saseo("refresh") == 0
    assert f"unchanged  {URL}" in capsys.readouterr().out
    running.core.web.pages[URL] = b"30 days"
    assert saseo("refresh", added.document.id) == 0
    assert f"changed    {URL}" in capsys.readouterr().out
    running.core.web.pages[URL] = Unavailable("fetch.unreachable", host="example.com")
    assert saseo("refresh", added.document.id, text.document.id, "0123") == 1
    out = capsys.readouterr().out
    assert "refused    https://example.com/leave: example.com cannot be reached." in out
    assert "is not a link" in out
    assert "There is no document with the id 0123." in out


def test_an_answer_that_fails_has_its_exit_code(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    async def trouble(*_: object, **__: object) -> object:
        raise Unavailable("fetch.unreachable", host="x")

    running.core.dense.search = trouble  # type: ignore[method-assign, assignment]
    running.core.lexical.search = trouble  # type: ignore[method-assign, assignment]
    assert saseo("ask", ASKED) == 1
    assert "I could not answer." in capsys.readouterr().out


@pytest.mark.usefixtures("running")
def test_a_conversation_in_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("hello\n/quit\n"))
    assert saseo("chat") == 0
    captured = capsys.readouterr()
    assert captured.out.strip()
    assert "/quit" in captured.err


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(("locale", "said"), [("en", "another API_TOKEN"), ("ko", "API_TOKEN이 달라요")])
def test_another_token_is_refused_in_the_users_language(
    locale: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("API_TOKEN", "another")
    monkeypatch.setenv("SASEO_LOCALE", locale)
    assert saseo("sources") == 1
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("running")
def test_the_doctor_asks_the_running_process(capsys: pytest.CaptureFixture[str]) -> None:
    assert saseo("doctor") == 0
    out = capsys.readouterr().out
    assert "Saseo is running" in out
    assert "All is well." in out


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "name", "value", "said"),
    [
        (("ask", "x"), "API_PORT", "much", "API_PORT must be a whole number"),
        (("run", "--only", "dance"), "API_PORT", "8000", "There is no role dance"),
        (("run",), "VECTORSTORE_TYPE", "pinecone", "Set PINECONE_API_KEY"),
        ((), "API_HOST", "0.0.0.0", ""),
    ],
)
def test_a_wrong_start_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...],
    name: str,
    value: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)
    if name == "API_HOST":
        monkeypatch.delenv("API_TOKEN")
    assert saseo(*arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("arguments", [("dance",), ("ask",), ("ingest",), ("forget",), ("eval",)])
def test_a_command_that_is_not_understood_shows_its_usage(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert saseo(*arguments) == 2
    assert "Usage: " in capsys.readouterr().err


@pytest.mark.usefixtures("place")
def test_a_wrong_scope_and_a_missing_set_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert saseo("ask", "--scope", "everybody", "x") == 1
    assert saseo("eval", "nowhere") == 1
    assert "everybody is not a scope" in capsys.readouterr().err
