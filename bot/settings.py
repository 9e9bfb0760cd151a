"""Settings from the environment and `.env`, typed and checked; a wrong one is refused by its name."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, Self, cast

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.console_settings import ConsoleSettings
from bot.limit_settings import LimitSettings
from bot.question_settings import QuestionSettings
from bot.secret_files import DOCKER, SecretFiles, secret_directories
from bot.setting_values import (
    DatabaseUrl,
    Listed,
    LogLevel,
    RedisUrl,
    Secret,
    SocketUrl,
    WebUrl,
    is_loopback,
    keys,
)
from bot.vector_settings import MEGABYTE, VectorSettings
from core.errors import Refused
from core.pricing import Prices

SENTENCES = {
    "bool_parsing": "settings.boolean",
    "float_parsing": "settings.number",
    "finite_number": "settings.number",
    "greater_than_equal": "settings.too_small",
    "int_from_float": "settings.whole_number",
    "int_parsing": "settings.whole_number",
    "int_parsing_size": "settings.whole_number",
    "less_than_equal": "settings.too_large",
    "literal_error": "settings.choice",
    "half_a_price": "monitoring.half_a_price",
    "budget_without_prices": "limits.budget_without_prices",
    "metrics_without_token": "monitoring.open_without_token",
    "open_without_token": "settings.open_without_token",
    "person": "signing.person",
    "pinecone_index": "settings.pinecone_index",
    "pinecone_key": "settings.pinecone_key",
    "secret": "settings.secret",
    "secret_key": "settings.secret_key",
    "collection": "settings.collection",
    "slack_client_half": "settings.slack_client_half",
    "slack_way_in": "settings.slack_way_in",
    "slack_without_token": "settings.slack_without_token",
    "discord_addresses": "discord_connection.addresses",
    "url": "settings.url",
}
"""The text for each way a value can be wrong; everything else is told as `settings.wrong`."""


class Settings(ConsoleSettings, QuestionSettings, LimitSettings, VectorSettings):
    """Every setting. A variable is the field's name in capitals; an empty one counts as not set."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    openai_api_key: Secret | None = None
    openai_base_url: WebUrl | None = None
    model_name: str = "gpt-4.1-mini"
    temperature: float = Field(0.3, ge=0, le=2, allow_inf_nan=False)
    max_tokens: int = Field(2000, ge=1, le=1_000_000)
    request_timeout: float = Field(30, ge=0.1, le=3600, allow_inf_nan=False)
    """Seconds."""
    max_retries: int = Field(3, ge=0, le=10)
    embedding_model: str = "text-embedding-3-small"
    embedding_dimension: int = Field(1536, ge=1, le=65_536)

    data_dir: Path = Path("data")
    database_url: DatabaseUrl | None = None
    """PostgreSQL; None: a file in the data directory."""
    redis_url: RedisUrl | None = None
    history_ttl: int = Field(3600, ge=1, le=31_536_000)
    """Seconds."""
    secret_key: Annotated[Secret, AfterValidator(keys)] | None = None
    """Keys with commas, the newest first; see `secret_keys`."""

    api_host: str = "127.0.0.1"
    api_port: int = Field(8000, ge=1, le=65_535)
    api_debug: bool = False
    api_token: Secret | None = None
    api_cors_origins: Listed = ()

    slack_bot_token: Secret | None = None
    slack_app_token: Secret | None = None
    slack_signing_secret: Secret | None = None
    slack_client_id: str | None = None
    slack_client_secret: Secret | None = None
    slack_redirect_url: WebUrl | None = None
    """None: the first one that the app has."""
    slack_allowed_workspaces: Listed = ()
    """Where the app may be installed; none: anywhere."""
    slack_api_url: WebUrl | None = None
    session_scope: Literal["channel", "thread"] = "channel"
    thread_follow_up_hours: int = Field(24, ge=0, le=720)
    """Hours in which a thread with an answer needs no further mention; 0: always a mention."""
    slack_allowed_channels: Listed = ()
    slack_blocked_channels: Listed = ()
    slack_allowed_users: Listed = ()
    slack_blocked_users: Listed = ()
    slack_allowed_bots: Listed = ()

    discord_token: Secret | None = None
    discord_message_content: bool = False
    """Whether Discord is asked for the text of messages that do not mention the bot; the app must be granted it."""
    discord_sharded: bool = False
    discord_api_url: WebUrl | None = None
    discord_gateway_url: SocketUrl | None = None
    discord_allowed_channels: Listed = ()
    discord_blocked_channels: Listed = ()
    discord_allowed_users: Listed = ()
    discord_blocked_users: Listed = ()
    discord_allowed_bots: Listed = ()

    refresh_interval: int = Field(3600, ge=0, le=31_536_000)
    """Seconds between two looks at a link, to begin with; 0: never."""
    refresh_min: int = Field(900, ge=1, le=31_536_000)
    refresh_max: int = Field(86_400, ge=1, le=31_536_000)
    """Seconds; a link that changes often is looked at more often, and one that never changes less often."""
    max_file_mb: int = Field(50, ge=1, le=1024)
    allow_private_hosts: Listed = ()
    link_headers_file: Path | None = None
    """Headers for hosts of the team; see `bot.link_headers`."""

    langsmith_api_key: Secret | None = None
    enable_tracing: bool = False
    otel_exporter_otlp_endpoint: WebUrl | None = None
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(None, ge=1, le=65_535)
    model_input_price: float | None = Field(None, ge=0, le=1_000_000, allow_inf_nan=False)
    model_output_price: float | None = Field(None, ge=0, le=1_000_000, allow_inf_nan=False)
    """Dollars for a million tokens."""
    log_level: LogLevel = "INFO"
    log_file: Path | None = None
    log_json: bool = False
    saseo_locale: Literal["ko", "en"] | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before `.env`, and that before files with secrets."""
        places = cast("SecretsSettingsSource", file_secret_settings).secrets_dir
        return init_settings, env_settings, dotenv_settings, SecretFiles(settings_cls, secrets_dir=places)

    @model_validator(mode="after")
    def _open_only_with_a_token(self) -> Self:
        if self.api_token is None and not is_loopback(self.api_host):
            raise PydanticCustomError("open_without_token", "open")
        if self.api_token is None and self.metrics_port is not None and not is_loopback(self.metrics_host):
            raise PydanticCustomError("metrics_without_token", "open")
        return self

    @model_validator(mode="after")
    def _prices_whole(self) -> Self:
        if (self.model_input_price is None) != (self.model_output_price is None):
            raise PydanticCustomError("half_a_price", "one of two prices")
        if self.budget_usd_per_day and self.prices is None:
            raise PydanticCustomError("budget_without_prices", "no prices")
        return self

    @model_validator(mode="after")
    def _pinecone_with_a_key(self) -> Self:
        if self.vectorstore_type == "pinecone" and self.pinecone_api_key is None:
            raise PydanticCustomError("pinecone_key", "no key")
        return self

    @model_validator(mode="after")
    def _slack_whole(self) -> Self:
        way_in = self.slack_app_token or self.slack_signing_secret
        if (self.slack_client_id is None) != (self.slack_client_secret is None):
            raise PydanticCustomError("slack_client_half", "half a client")
        if self.has_slack and way_in is None:
            raise PydanticCustomError("slack_way_in", "no way in")
        if not self.has_slack and way_in is not None:
            raise PydanticCustomError("slack_without_token", "no bot token")
        return self

    @model_validator(mode="after")
    def _discord_whole(self) -> Self:
        # With one of them elsewhere, the token would still be sent to Discord itself.
        if (self.discord_api_url is None) != (self.discord_gateway_url is None):
            raise PydanticCustomError("discord_addresses", "one of two addresses")
        return self

    @property
    def has_slack(self) -> bool:
        """Whether there are workspaces of Slack to answer in: one with a token, or all where the app is installed."""
        return self.slack_bot_token is not None or self.slack_client_id is not None

    @property
    def delivers(self) -> bool:
        """Whether there may be somebody to tell, from here or from another process over the same store."""
        return self.has_slack or self.discord_token is not None or self.database_url is not None

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """What tokens are kept with: the first one closes, every one opens."""
        return () if self.secret_key is None else tuple(self.secret_key.get_secret_value().split(","))

    @property
    def vector_directory(self) -> Path:
        """Where the embedded vector store keeps its files."""
        return self.vectorstore_path or self.data_dir / "vectors"

    @property
    def max_file_bytes(self) -> int:
        """The largest file that is read, in bytes."""
        return self.max_file_mb * MEGABYTE

    @property
    def shares_stores(self) -> bool:
        """Whether all that is kept stands on servers, so that any number of processes may work over one library."""
        vectors = self.vectorstore_type == "pinecone" or (self.vectorstore_type == "chroma" and self.chroma_url)
        return bool(self.redis_url and self.database_url and vectors)

    @property
    def has_model(self) -> bool:
        """Whether answers are written by a model: a key, or a compatible server, which may need no key."""
        return self.openai_api_key is not None or self.openai_base_url is not None

    @property
    def has_embedding_model(self) -> bool:
        """Whether an OpenAI-compatible server embeds; a server without a key only where its model is named."""
        named = self.openai_base_url is not None and "embedding_model" in self.model_fields_set
        return self.openai_api_key is not None or named

    @property
    def prices(self) -> Prices | None:
        """What the model's tokens cost; None where nobody said."""
        if self.model_input_price is None or self.model_output_price is None:
            return None
        return Prices(self.model_input_price, self.model_output_price)

    @property
    def traces(self) -> bool:
        """Whether LangSmith sees the conversations: only when asked for and when there is a key."""
        return self.enable_tracing and self.langsmith_api_key is not None


def load_settings(env_file: Path | None = Path(".env"), *, secrets: Path = DOCKER) -> Settings:
    """The settings of this process. Raises Refused, naming the variable and never its value."""
    try:
        # pydantic-settings takes both, which its generated signature does not show.
        make = cast("Callable[..., Settings]", Settings)
        return make(_env_file=env_file, _secrets_dir=secret_directories(secrets) or None)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_input=False)[0]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("settings.unreadable", name=str(env_file)) from error
    except SettingsError as error:
        raise Refused("settings.unreadable", name=str(secrets)) from error


def _refusal(error: ErrorDetails) -> Refused:
    name = str(error["loc"][0]).upper() if error["loc"] else "API_TOKEN"
    context = dict(error.get("ctx", {}))
    limit = f"{context.get('ge', context.get('le', 0)):g}"
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    details = {"name": name, "limit": limit, "choices": choices, **context}
    return Refused(SENTENCES.get(error["type"], "settings.wrong"), **details)
