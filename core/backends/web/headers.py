"""Reads the headers of an answer: media type, file name, sign-in pages. Pure."""

import re
from collections.abc import Iterable, Mapping
from email.message import Message
from urllib.parse import unquote, urlsplit

LONGEST_NAME = 150

_LOGIN_STEPS = frozenset(
    "login login.php login.html login.jsp login.aspx log-in log_in logon signin sign-in sign_in sign-on sso saml saml2 "
    "adfs authorize servicelogin wp-login.php".split()
)
_LOGIN_HOSTS = ("login.", "signin.", "sso.", "auth.", "idp.", "adfs.", "accounts.")
_LOGIN_SITES = ("nid.naver.com", "id.atlassian.com", ".cloudflareaccess.com", ".b2clogin.com", ".duosecurity.com")
"""Where nothing but signing in happens, under addresses that do not say so."""
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069<>:\"/\\|?*]")


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """Headers by lower-case name; the values of one that came several times are joined with commas."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1").lower(), []).append(_text(value))
    return {name: ", ".join(found) for name, found in values.items()}


def media_type(headers: Mapping[str, str]) -> str | None:
    """The type and subtype, lower-case, without parameters; None where there is no usable one."""
    found = headers.get("content-type", "").partition(";")[0].strip().lower()
    return found if re.fullmatch(r"[\w.+-]+/[\w.+-]+", found) else None


def file_name(headers: Mapping[str, str], path: str) -> str:
    """A name that is safe to show and to keep: from Content-Disposition, else the last step of the path; or ''."""
    message = Message()
    message["content-disposition"] = headers.get("content-disposition", "").replace("\n", " ").replace("\r", " ")
    given = message.get_filename()
    return _safe(unquote(given)) if given else _safe(unquote(urlsplit(path).path.rpartition("/")[2]))


def is_login(url: str) -> bool:
    """Whether an address looks like a page that asks people to sign in."""
    parts = urlsplit(url)
    steps, host = parts.path.lower().split("/"), parts.hostname or ""
    return host.startswith(_LOGIN_HOSTS) or host.endswith(_LOGIN_SITES) or not _LOGIN_STEPS.isdisjoint(steps)


def _text(value: bytes) -> str:
    """Servers send names in UTF-8 or, in Korea, CP949; everything can be read as Latin-1."""
    for encoding in ("utf-8", "cp949"):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("latin-1")


def _safe(name: str) -> str:
    base = name.replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("", base).strip(" .")[:LONGEST_NAME]
