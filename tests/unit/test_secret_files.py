"""Secrets handed over as files: Docker's folder, Kubernetes' mounted Secret, systemd's credentials."""

from pathlib import Path

import pytest

from bot.secret_files import SYSTEMD
from bot.settings import Settings, load_settings
from core.errors import Refused


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*Settings.model_fields, SYSTEMD):
        monkeypatch.delenv(name.upper(), raising=False)


def token(settings: Settings) -> str | None:
    return None if settings.api_token is None else settings.api_token.get_secret_value()


@pytest.mark.parametrize("name", ["api_token", "API_TOKEN"])
def test_a_file_named_as_a_setting_holds_it(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("from-a-file\n", encoding="utf-8")
    assert token(load_settings(None, secrets=tmp_path)) == "from-a-file"


def test_an_empty_file_counts_as_not_set(tmp_path: Path) -> None:
    (tmp_path / "api_token").write_text("\n", encoding="utf-8")
    assert token(load_settings(None, secrets=tmp_path)) is None


def test_a_variable_goes_before_a_file_and_an_empty_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "api_token").write_text("from-a-file", encoding="utf-8")
    monkeypatch.setenv("API_TOKEN", "")
    assert token(load_settings(None, secrets=tmp_path)) == "from-a-file"
    monkeypatch.setenv("API_TOKEN", "from-environment")
    assert token(load_settings(None, secrets=tmp_path)) == "from-environment"


def test_systemd_names_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "api_token").write_text("from-systemd", encoding="utf-8")
    monkeypatch.setenv(SYSTEMD, str(tmp_path))
    assert token(load_settings(None, secrets=tmp_path / "absent")) == "from-systemd"


def test_a_mounted_secret_of_kubernetes_is_read_through_its_links(tmp_path: Path) -> None:
    version = tmp_path / "..2026_01_01"
    version.mkdir()
    (version / "api_token").write_text("from-kubernetes", encoding="utf-8")
    (tmp_path / "..data").symlink_to(version.name)
    (tmp_path / "api_token").symlink_to("..data/api_token")
    (tmp_path / "kubernetes.io").mkdir()
    assert token(load_settings(None, secrets=tmp_path)) == "from-kubernetes"


def test_a_file_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "api_token").write_bytes(b"\xff\xfe")
    with pytest.raises(Refused) as refusal:
        load_settings(None, secrets=tmp_path)
    assert refusal.value.code == "settings.unreadable"


def test_a_wrong_value_in_a_file_is_refused_by_the_name_of_the_setting(tmp_path: Path) -> None:
    (tmp_path / "api_token").write_text("two words", encoding="utf-8")
    with pytest.raises(Refused, match="API_TOKEN") as refusal:
        load_settings(None, secrets=tmp_path)
    assert refusal.value.code == "settings.secret"
