"""Decides what a file is from its bytes, its name and what its sender called it."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePath

from core.backends.reading.archive import open_archive, read_part
from core.backends.reading.signatures import foreign
from core.errors import Refused

HEAD = 1024
BY_NAME: Mapping[str, str] = {
    "md": "markdown", "markdown": "markdown", "mdx": "markdown", "mkd": "markdown",
    "csv": "csv", "tsv": "csv", "tab": "csv",
    "json": "json", "ipynb": "json", "jsonl": "json", "ndjson": "json",
    "html": "html", "htm": "html", "xhtml": "html", "shtml": "html",
    "eml": "eml", "mht": "eml", "mhtml": "eml",
    "xml": "xml", "txt": "text", "text": "text", "log": "text",
}  # fmt: skip
BY_MEDIA_TYPE: Mapping[str, str] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/json": "json",
    "message/rfc822": "eml",
    "application/xml": "xml",
    "text/xml": "xml",
}
PACKED_NAMES = frozenset({"pdf", "docx", "pptx", "xlsx", "hwpx"})
"""Formats that their bytes always show: anything else under such a name is a damaged file."""
UNSUPPORTED_NAMES: Mapping[str, str] = {
    "odt": "OpenDocument (.odt)", "ods": "OpenDocument (.ods)", "odp": "OpenDocument (.odp)",
    "odg": "OpenDocument (.odg)",
    "rtf": "RTF", "epub": "EPUB", "pages": "Pages", "numbers": "Numbers", "key": "Keynote", "msg": "Outlook (.msg)",
    "svg": "SVG", "ps": "PostScript", "one": "OneNote", "vsd": "Visio", "vsdx": "Visio", "mdb": "Access",
}  # fmt: skip
LEGACY: Mapping[str, tuple[str, str]] = {
    "doc": ("Word 97-2003 (.doc)", "DOCX"),
    "dot": ("Word 97-2003 (.dot)", "DOCX"),
    "ppt": ("PowerPoint 97-2003 (.ppt)", "PPTX"),
    "pps": ("PowerPoint 97-2003 (.pps)", "PPTX"),
    "xls": ("Excel 97-2003 (.xls)", "XLSX"),
    "xlt": ("Excel 97-2003 (.xlt)", "XLSX"),
    "xlsb": ("Excel (.xlsb)", "XLSX"),
    "ppsx": ("PowerPoint (.ppsx)", "PPTX"),
    "hwp": ("Hangul (.hwp)", "DOCX, PDF, HWPX"),
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_STREAMS = (
    ("__substg1.0_", "msg"),
    ("EncryptedPackage", "encrypted"),
    ("FileHeader", "hwp"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)
OPC_MAIN = (
    ("macroEnabled", "macros"),
    ("sheet.binary", "xlsb"),
    ("presentationml.slideshow.main", "ppsx"),
    ("wordprocessingml.", "docx"),
    ("presentationml.", "pptx"),
    ("spreadsheetml.", "xlsx"),
)
MACRO_TARGETS = (("ms-word", "DOCX"), ("ms-powerpoint", "PPTX"), ("ms-excel", "XLSX"))
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_MAIN_PART = re.compile(rb'ContentType="([^"]*(?:\.main\+xml|sheet\.binary[^"]*))"')
_HTML = re.compile(rb"(?is)\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b")
_ENTITIES = re.compile(rb"<!ENTITY|<\0?!\0?E\0?N\0?T\0?I\0?T\0?Y")


def sniff(data: bytes, *, name: str, media_type: str | None = None) -> str:
    """The type to read a file as: pdf, docx, pptx, xlsx, hwpx, html, markdown, csv, json, eml, xml or text.

    Raises Refused with the name of the type where it is none of these.
    """
    suffix = PurePath(name.lower()).suffix.removeprefix(".")
    if data.startswith(b"%PDF-") or (b"%PDF-" in data[:HEAD] and suffix not in BY_NAME):
        return "pdf"
    if data.startswith(ZIP_STARTS):
        return _zipped(data, name)
    if data.startswith(OLE):
        raise _old_container(data, name, suffix)
    if refusal := foreign(data, name):
        raise refusal
    return _text_type(data[: 4 * HEAD], name, suffix, (media_type or "").partition(";")[0].strip().lower())


def _text_type(head: bytes, name: str, suffix: str, media_type: str) -> str:
    looks_html = _HTML.match(head.removeprefix(b"\xef\xbb\xbf")) is not None
    if looks_html and (suffix not in BY_NAME or media_type in ("text/html", "application/xhtml+xml")):
        return "html"
    if suffix in PACKED_NAMES:
        raise Refused("read.damaged", name=name)
    if suffix in LEGACY:
        raise legacy(suffix, name)
    if suffix in UNSUPPORTED_NAMES:
        raise Refused("read.unsupported", name=name, kind=UNSUPPORTED_NAMES[suffix])
    kind = BY_NAME.get(suffix) or BY_MEDIA_TYPE.get(media_type, "text")
    if kind == "xml" and _ENTITIES.search(head):
        raise Refused("read.entities", name=name)
    return kind


def legacy(suffix: str, name: str) -> Refused:
    """The refusal of an old format, with the format to save it as."""
    kind, target = LEGACY[suffix]
    return Refused("read.legacy", name=name, kind=kind, target=target)


def _zipped(data: bytes, name: str) -> str:
    archive = open_archive(data, name)
    parts = set(archive.namelist())
    if "[Content_Types].xml" in parts:
        return _opc(archive, name)
    if "mimetype" in parts:
        mimetype = read_part(archive, "mimetype", name)[:200].decode("ascii", "replace").strip()
        if mimetype == "application/hwp+zip":
            return "hwpx"
        suffix = "epub" if "epub" in mimetype else PurePath(name.lower()).suffix.removeprefix(".")
        raise Refused("read.unsupported", name=name, kind=UNSUPPORTED_NAMES.get(suffix, mimetype or "ZIP"))
    suffix = PurePath(name.lower()).suffix.removeprefix(".")
    if suffix in PACKED_NAMES:
        raise Refused("read.damaged", name=name)
    if suffix in UNSUPPORTED_NAMES:
        raise Refused("read.unsupported", name=name, kind=UNSUPPORTED_NAMES[suffix])
    raise Refused("read.archive", name=name, kind=suffix.upper() if suffix in ("jar", "apk", "ipa") else "ZIP")


def _opc(archive: zipfile.ZipFile, name: str) -> str:
    """The Office type that the main part declares."""
    types = b" ".join(_MAIN_PART.findall(read_part(archive, "[Content_Types].xml", name))).decode("ascii", "replace")
    kind = next((kind for mark, kind in OPC_MAIN if mark in types), None)
    if kind == "macros" and "sheet.binary" not in types:
        target = next((target for mark, target in MACRO_TARGETS if mark in types), "DOCX")
        raise Refused("read.macros", name=name, target=target)
    if kind in ("macros", "xlsb", "ppsx"):
        raise legacy("ppsx" if kind == "ppsx" else "xlsb", name)
    if kind is None:
        folders = {part.partition("/")[0] for part in archive.namelist()}
        kind = next(
            (kind for folder, kind in (("word", "docx"), ("ppt", "pptx"), ("xl", "xlsx")) if folder in folders), None
        )
    if kind is None:
        raise Refused("read.unsupported", name=name, kind="Office Open XML")
    return kind


def _old_container(data: bytes, name: str, suffix: str) -> Refused:
    """An OLE container: encrypted Office, an old Office format, Hangul or Outlook, by its stream names."""
    kind = next((kind for stream, kind in OLE_STREAMS if stream.encode("utf-16-le") in data), suffix)
    if kind == "encrypted":
        return Refused("read.encrypted", name=name)
    if kind in LEGACY:
        return legacy(kind, name)
    return Refused("read.unsupported", name=name, kind=UNSUPPORTED_NAMES.get(kind, "OLE"))
