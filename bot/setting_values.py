"""What a setting may be: types that check a value and say by a name what is wrong with it."""

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

SHORTEST_KEY = 32
COLLECTION_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]")
PINECONE_INDEX = re.compile(r"[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on this host."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listed(value: object) -> object:
    """The parts of a text with commas."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _printable(value: SecretStr) -> SecretStr:
    # A secret travels in a header: blanks, line ends and non-ASCII characters are pasting accidents.
    text = value.get_secret_value()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise PydanticCustomError("secret", "not a secret")
    return value


def _url(*schemes: str) -> Callable[[str], str]:
    def checked(value: str) -> str:
        if not _is_url(value, schemes):
            raise PydanticCustomError("url", "not a URL", {"schemes": "://, ".join(schemes) + "://"})
        return value

    return checked


def _secret_url(*schemes: str) -> Callable[[SecretStr], SecretStr]:
    checked = _url(*schemes)
    return lambda value: SecretStr(checked(value.get_secret_value()))


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname or parts.path.strip("/"))


def named_collection(value: str) -> str:
    """A name that every vector store takes."""
    if not COLLECTION_NAME.fullmatch(value):
        raise PydanticCustomError("collection", "not a collection name")
    return value


def _index(value: str) -> str:
    if not PINECONE_INDEX.fullmatch(value):
        raise PydanticCustomError("pinecone_index", "not an index name")
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def keys(value: SecretStr) -> SecretStr:
    """Keys with commas, each of them long enough."""
    if any(len(key) < SHORTEST_KEY for key in value.get_secret_value().split(",")):
        raise PydanticCustomError("secret_key", "too short", {"length": SHORTEST_KEY})
    return value


Secret = Annotated[SecretStr, AfterValidator(_printable)]
WebUrl = Annotated[str, AfterValidator(_url("http", "https"))]
SocketUrl = Annotated[str, AfterValidator(_url("ws", "wss"))]
RedisUrl = Annotated[SecretStr, AfterValidator(_secret_url("redis", "rediss", "unix"))]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_secret_url("postgresql", "postgres", "postgresql+asyncpg"))]
Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)]
VectorStore = Literal["chroma", "faiss", "pinecone"]
IndexName = Annotated[str, AfterValidator(_index)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
