"""Opens zipped documents only when they are what they claim: no bombs, no entities, no passwords, no damage."""

import io
import re
import zipfile
import zlib

from core.errors import Refused

MIB = 1024 * 1024
MOST_PARTS = 20_000
MOST_UNPACKED = 512 * MIB
HARMLESS_UNPACKED = 64 * MIB
"""A document that unpacks to this much is taken however small it is packed."""
MOST_RATIO = 150
STEP = MIB
ENCRYPTED_FLAG = 0x1
XML_PART = re.compile(r"\.(xml|rels|vml|hpf)$", re.IGNORECASE)
_DECLARATIONS = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
_OVERLAP = max(map(len, _DECLARATIONS)) - 1


def open_archive(data: bytes, name: str) -> zipfile.ZipFile:
    """The archive, once its own table of contents is sane. Refused: damaged, encrypted or a bomb."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError) as error:
        raise Refused("read.damaged", name=name) from error
    parts = archive.infolist()
    if any(part.flag_bits & ENCRYPTED_FLAG for part in parts):
        raise Refused("read.encrypted", name=name)
    declared = sum(part.file_size for part in parts)
    excessive = declared > HARMLESS_UNPACKED and declared > MOST_RATIO * len(data)
    if len(parts) > MOST_PARTS or declared > MOST_UNPACKED or excessive:
        raise Refused("read.bomb", name=name)
    return archive


def check_parts(archive: zipfile.ZipFile, name: str) -> None:
    """Unpacks every XML part once: its real size must be the declared one, and it must declare no entities.

    Office formats never carry a document type; those that do want a parser to expand or fetch something.
    """
    for part in archive.infolist():
        if XML_PART.search(part.filename):
            _check_part(archive, part, name)


def read_part(archive: zipfile.ZipFile, part: str, name: str) -> bytes:
    """One whole part. Refused when it is missing or does not unpack to what was declared."""
    try:
        return archive.read(part)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise Refused("read.damaged", name=name) from error


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    tail = b""
    try:
        with archive.open(part) as stream:
            while piece := stream.read(STEP):
                window = tail + piece
                if any(declaration in window for declaration in _DECLARATIONS):
                    raise Refused("read.entities", name=name)
                tail = window[-_OVERLAP:]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise Refused("read.damaged", name=name) from error
