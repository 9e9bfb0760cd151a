"""Settings: what counts, what is refused, and that no refusal gives a value away."""

from pathlib import Path

import pytest

from bot.setting_values import is_loopback
from bot.settings import Settings, load_settings
from core.errors import Refused
from core.messages import LOCALES


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_single_variable_everything_is_embedded() -> None:
    settings = load_settings(None)
    assert (settings.has_model, settings.has_embedding_model, settings.traces) == (False, False, False)
    assert settings.vector_directory == Path("data/vectors")
    assert settings.max_file_bytes == 50 * 1024 * 1024


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("MODEL_NAME=from-file\nAPI_PORT=9001\n# API_PORT=1\nNOBODY_KNOWS=this\n", encoding="utf-8")
    monkeypatch.setenv("MODEL_NAME", "from-environment")
    settings = load_settings(file)
    assert (settings.model_name, settings.api_port) == ("from-environment", 9001)


def test_an_empty_variable_counts_as_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("OPENAI_API_KEY=\nMAX_TOKENS=\n", encoding="utf-8")
    monkeypatch.setenv("API_PORT", "")
    settings = load_settings(file)
    assert (settings.openai_api_key, settings.max_tokens, settings.api_port) == (None, 2000, 8000)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("TEMPERATURE", "2.1", "settings.too_large"),
        ("TEMPERATURE", "-0.1", "settings.too_small"),
        ("TEMPERATURE", "warm", "settings.number"),
        ("TEMPERATURE", "nan", "settings.number"),
        ("MAX_TOKENS", "0", "settings.too_small"),
        ("MAX_TOKENS", "1.5", "settings.whole_number"),
        ("MAX_TOKENS", "9" * 5000, "settings.whole_number"),
        ("MAX_RETRIES", "-1", "settings.too_small"),
        ("REQUEST_TIMEOUT", "0", "settings.too_small"),
        ("EMBEDDING_DIMENSION", "many", "settings.whole_number"),
        ("HISTORY_TTL", "0", "settings.too_small"),
        ("API_PORT", "65536", "settings.too_large"),
        ("API_DEBUG", "maybe", "settings.boolean"),
        ("LOG_LEVEL", "LOUD", "settings.choice"),
        ("SASEO_LOCALE", "fr", "settings.choice"),
        ("VECTORSTORE_TYPE", "shelf", "settings.choice"),
        ("VECTORSTORE_TYPE", "pinecone", "settings.pinecone_key"),
        ("PINECONE_INDEX", "Documents", "settings.pinecone_index"),
        ("PINECONE_INDEX", "a" * 46, "settings.pinecone_index"),
        ("PINECONE_HOST", "documents-1a2b3c.svc.pinecone.io", "settings.url"),
        ("COLLECTION_NAME", "a", "settings.collection"),
        ("COLLECTION_NAME", "../up", "settings.collection"),
        ("CHROMA_URL", "chroma:8000", "settings.url"),
        ("OPENAI_BASE_URL", "http://host:notaport/", "settings.url"),
        ("OPENAI_BASE_URL", "http://", "settings.url"),
        ("REDIS_URL", "http://localhost", "settings.url"),
        ("DATABASE_URL", "mysql://localhost/saseo", "settings.url"),
        ("DATABASE_URL", "postgresql://", "settings.url"),
        ("OPENAI_API_KEY", "sk-with blank", "settings.secret"),
        ("API_TOKEN", "비밀", "settings.secret"),
        ("LANGSMITH_API_KEY", "two\nlines", "settings.secret"),
        ("MAX_FILE_MB", "2000", "settings.too_large"),
        ("REFRESH_INTERVAL", "-1", "settings.too_small"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        _load(name, value)
    assert refusal.value.code == code


def _load(name: str, value: str) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, value)
        return load_settings(None)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ["API_TOKEN", "OPENAI_API_KEY", "DATABASE_URL", "REDIS_URL", "LANGSMITH_API_KEY"])
def test_a_refusal_names_the_variable_and_never_its_value(name: str, locale: str) -> None:
    with pytest.raises(Refused) as refusal:
        _load(name, "hunter2 hunter2")
    text = refusal.value.text(locale)
    assert name in text
    assert "hunter2" not in text


@pytest.mark.parametrize("name", ["API_TOKEN", "OPENAI_API_KEY", "REDIS_URL", "LANGSMITH_API_KEY"])
def test_a_secret_is_not_in_what_the_settings_print(name: str) -> None:
    settings = _load(name, "redis://:hunter2@localhost/0")
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "example.com"])
def test_opening_the_api_to_others_needs_a_token(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_HOST", host)
    with pytest.raises(Refused, match="API_TOKEN") as refusal:
        load_settings(None)
    assert refusal.value.code == "settings.open_without_token"
    monkeypatch.setenv("API_TOKEN", "a-long-random-word")
    assert load_settings(None).api_host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    assert _load("API_HOST", host).api_token is None


def test_a_settings_file_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"MODEL_NAME=\xff\xfe")
    with pytest.raises(Refused, match=r"\.env") as refusal:
        load_settings(file)
    assert refusal.value.code == "settings.unreadable"


def test_a_list_is_written_with_commas() -> None:
    assert _load("ALLOW_PRIVATE_HOSTS", "wiki.internal, 10.0.0.7,,").allow_private_hosts == (
        "wiki.internal",
        "10.0.0.7",
    )
    assert Settings.model_validate({"api_cors_origins": ["https://a.example"]}).api_cors_origins == (
        "https://a.example",
    )


def test_a_log_level_may_be_written_in_lower_case() -> None:
    assert _load("LOG_LEVEL", "debug").log_level == "DEBUG"


@pytest.mark.parametrize(
    ("environment", "model", "embedding"),
    [
        ({"OPENAI_API_KEY": "sk-x"}, True, True),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, True, False),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1", "EMBEDDING_MODEL": "bge-m3"}, True, True),
        ({"EMBEDDING_MODEL": "bge-m3"}, False, False),
    ],
)
def test_which_models_are_used(
    environment: dict[str, str], model: bool, embedding: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(None)
    assert (settings.has_model, settings.has_embedding_model) == (model, embedding)


def test_tracing_needs_its_key_and_the_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENABLE_TRACING", "true")
    assert not load_settings(None).traces
    monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_x")
    assert load_settings(None).traces


def test_the_vector_store_may_live_elsewhere(tmp_path: Path) -> None:
    assert _load("VECTORSTORE_PATH", str(tmp_path)).vector_directory == tmp_path
