"""The seal: texts closed with Fernet. Its keys are made from words of the operator's, or kept in a file of its own."""

import hmac
import os
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from core.errors import Refused

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

PURPOSE = b"saseo seal"
KEY_BYTES = 32
OWN_EYES = 0o600
MARKING = b"saseo mark\0"
MARK = 20
"""Digits."""


class FernetSeal:
    """`Seal` with keys that follow each other: the first one closes, every one opens.

    The words come first. The file's key follows where there is such a file; it is made, for this user alone, where
    there are no words either. Keys are read when they are needed first. Blocks.
    """

    def __init__(self, words: Sequence[str], path: Path) -> None:
        self._words = tuple(words)
        self._path = path
        self._loading = Lock()
        self._keys: MultiFernet | None = None
        self._first = b""

    def close(self, text: str) -> str:
        """The text, closed. Raises Refused where the file of the key cannot be used."""
        return self._loaded().encrypt(text.encode()).decode().rstrip("=")

    def open(self, sealed: str) -> str | None:
        """What was closed with one of the keys; None for anything else. Raises like `close`."""
        from cryptography.fernet import InvalidToken

        try:
            return self._loaded().decrypt(_padded(sealed)).decode()
        except (InvalidToken, UnicodeError):
            return None

    def renewed(self, sealed: str) -> str | None:
        """The same, closed with the first key; None where no key opens it. Raises like `close`."""
        from cryptography.fernet import InvalidToken

        try:
            return self._loaded().rotate(_padded(sealed)).decode().rstrip("=")
        except InvalidToken:
            return None

    def mark(self, text: str) -> str:
        """A short name for a text, made with the first key. Raises like `close`."""
        self._loaded()
        return hmac.new(self._first, MARKING + text.encode(errors="surrogatepass"), "sha256").hexdigest()[:MARK]

    def _loaded(self) -> "MultiFernet":
        with self._loading:
            if self._keys is None:
                from cryptography.fernet import Fernet, MultiFernet

                keys = [_key(words) for words in self._words]
                if not keys or self._path.exists():
                    keys.append(self._from_file())
                self._first = keys[0]
                try:
                    self._keys = MultiFernet([Fernet(key) for key in keys])
                except ValueError as error:
                    raise Refused("seal.damaged", path=self._path) from error
            return self._keys

    def _from_file(self) -> bytes:
        try:
            if not self._path.exists():
                _make(self._path)
            return self._path.read_bytes().strip()
        except OSError as error:
            raise Refused("seal.file", path=self._path, reason=error.strerror or str(error)) from error


def _key(words: str) -> bytes:
    """A key from words that nobody can guess."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return urlsafe_b64encode(HKDF(SHA256(), KEY_BYTES, salt=None, info=PURPOSE).derive(words.encode()))


def _make(path: Path) -> None:
    """Writes a new key, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.new")
    made.unlink(missing_ok=True)
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_EYES)
    with os.fdopen(handle, "wb") as file:
        file.write(urlsafe_b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def _padded(sealed: str) -> bytes:
    """As Fernet writes it; what is no ASCII becomes what it does not open."""
    return sealed.encode("ascii", "replace") + b"=" * (-len(sealed) % 4)
