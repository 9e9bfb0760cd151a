"""Reads mail: who wrote whom and when, the text rather than the HTML, and the names of what was attached."""

import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from core.backends.reading import webpage
from core.backends.reading.decode import decode
from core.backends.reading.file import File
from core.backends.reading.plain import lines, paragraphs
from core.types import Block, Reading

MEDIA_TYPE = "message/rfc822"
FIELDS = ("From", "To", "Cc", "Date", "Subject")


def read(file: File) -> Reading:
    """The subject is the title."""
    message = BytesParser(policy=policy.default).parsebytes(file.data)
    fields = {name: _field(message, name) for name in FIELDS}
    top = "\n".join(f"{name}: {value}" for name, value in fields.items() if value)
    attached = "\n".join(f"Attachment: {named}" for named in _attachments(message))
    blocks = (Block(top), *_body(message, file.name), *([Block(attached)] if attached else []))
    return Reading(blocks, title=fields["Subject"] or None, media_type=MEDIA_TYPE)


def _field(message: EmailMessage, name: str) -> str:
    """A header field on one line; a malformed one as it stands."""
    try:
        return " ".join(str(message[name] or "").split())
    except (ValueError, IndexError, AttributeError, LookupError):
        raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
        return " ".join(str(raw).split())


def _body(message: EmailMessage, name: str) -> Iterator[Block]:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if not data.strip():
        return
    text = decode(data, name=name, declared=part.get_content_charset())
    if part.get_content_subtype() == "html":
        yield from webpage.from_text(text).blocks
    else:
        yield from paragraphs(lines(text))


def _attachments(message: EmailMessage) -> Iterator[str]:
    for part in message.walk():
        if named := part.get_filename():
            yield re.sub(r"\s+", " ", named)
