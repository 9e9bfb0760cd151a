"""The file with the headers: read at the start, refused with one sentence, shown without its secrets."""

import asyncio
import logging
from pathlib import Path

import pytest

from bot.cli import main
from bot.doctor import examine
from bot.link_headers import MOST_BYTES, read_link_headers
from bot.lock import hold
from bot.settings import Settings
from core.errors import Refused

GOOD = '["127.0.0.1:9000"]\nAuthorization = "Bearer s3cr3t"\nCookie = "a=s3cr3t"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "headers.toml"
    path.touch(mode=0o600)
    return path


def settings(file: Path | None) -> Settings:
    given = {"data_dir": "data", "allow_private_hosts": "127.0.0.1", "link_headers_file": file}
    return Settings.model_validate({name: value for name, value in given.items() if value is not None})


def test_without_a_file_there_are_no_headers() -> None:
    assert read_link_headers(settings(None)).hosts == {}


def test_its_headers_are_read(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_link_headers(settings(file)).hosts == {"127.0.0.1:9000": ("Authorization", "Cookie")}
    assert caplog.records == []


def test_a_file_that_everybody_can_read_is_warned_of(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.write_text(GOOD, encoding="utf-8")
    file.chmod(0o644)
    read_link_headers(settings(file))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert f"chmod 600 {file}" in caplog.text
    assert "s3cr3t" not in caplog.text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'["wiki.example.com"]\nAuthorization = "Bearer s3cr3t\n', "form"),
        (b"s3cr3t s3cr3t\n", "form"),
        (b'[wiki.example.com]\nAuthorization = "Bearer s3cr3t"\n', "host"),
        (b'Authorization = "Bearer s3cr3t"\n', "table"),
        (b'["wiki.example.com"]\nAuthorization = "Bearer s3cr3t\\nX-A: 1"\n', "value"),
        (b"s3cr3t \xff\xfe", "unreadable"),
        (b"# " + b"s3cr3t " * (MOST_BYTES // 6) + b"\n", None),
    ],
)
def test_a_wrong_file_is_refused_without_what_it_holds(file: Path, content: bytes, code: str | None) -> None:
    file.write_bytes(content)
    if code is None:
        assert read_link_headers(settings(file)).hosts == {}
        return
    with pytest.raises(Refused) as refused:
        read_link_headers(settings(file))
    error = refused.value
    assert error.code == f"link_headers.{code}"
    assert str(file) in error.text("en")
    assert str(file) in error.text("ko")
    assert "s3cr3t" not in f"{error.text()}{error!r}{error.details}{error.__cause__!r}"
    assert error.__context__ is None or error.__suppress_context__


def test_the_line_of_a_mistake_is_named(file: Path) -> None:
    file.write_text('["wiki.example.com"]\n\nAuthorization = Bearer s3cr3t\n', encoding="utf-8")
    with pytest.raises(Refused) as refused:
        read_link_headers(settings(file))
    assert refused.value.details["line"] == "3"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_link_headers(settings(tmp_path / "gone.toml"))
    assert refused.value.code == "link_headers.unreadable"


def test_a_wrong_file_ends_the_start_with_one_sentence_and_exit_code_2(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text('["wiki.example.com"]\nHost = "s3cr3t"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, value in (("DATA_DIR", tmp_path / "data"), ("LINK_HEADERS_FILE", file), ("SASEO_LOCALE", "en")):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr("sys.argv", ["saseo", "run"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err.strip()
    assert ended.value.code == 2
    assert said.startswith(f"{file}: the header Host cannot be set for wiki.example.com")
    assert "\n" not in said
    assert "s3cr3t" not in said


def test_the_doctor_names_hosts_and_headers_and_no_values(file: Path, tmp_path: Path) -> None:
    async def found(given: Settings) -> dict[str, str]:
        with hold(given.data_dir):
            return {finding.code: finding.text("en") async for finding in examine(given, env_file=tmp_path / ".env")}

    given = settings(file).model_copy(update={"data_dir": tmp_path})
    file.write_text(GOOD, encoding="utf-8")
    file.chmod(0o644)
    good = asyncio.run(found(given))
    assert (
        "127.0.0.1:9000 are asked with these headers of LINK_HEADERS_FILE: Authorization, Cookie."
        in (good["link_headers.found"])
    )
    assert "link_headers.open_to_all" in good
    file.write_text(GOOD + "X-A = s3cr3t\n", encoding="utf-8")
    wrong = asyncio.run(found(given))
    assert "link_headers.form" in wrong
    assert "s3cr3t" not in " ".join([*good.values(), *wrong.values()])
