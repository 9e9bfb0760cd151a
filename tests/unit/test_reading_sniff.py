"""What a file is, by its bytes and its name; and what is refused, by its own name."""

import io
import zipfile
from collections.abc import Mapping

import pytest

from core.backends.reading import archive as archives
from core.backends.reading.archive import check_parts, open_archive, read_part
from core.backends.reading.signatures import SIGNATURES
from core.backends.reading.sniff import sniff
from core.errors import Refused

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return packed.getvalue()


def office(main: str, **parts: bytes) -> bytes:
    types = f'<Types><Override PartName="/x" ContentType="application/{main}"/></Types>'.encode()
    return zipped({"[Content_Types].xml": types, **parts})


def refused(data: bytes, name: str, media_type: str | None = None) -> Refused:
    with pytest.raises(Refused) as error:
        sniff(data, name=name, media_type=media_type)
    for locale in ("en", "ko"):
        assert name in error.value.text(locale)
    return error.value


@pytest.mark.parametrize(
    ("data", "name", "media_type", "kind"),
    [
        (b"%PDF-1.7 ...", "a", None, "pdf"),
        (b"junk\n%PDF-1.7 ...", "a.pdf", None, "pdf"),
        (b"How %PDF-1.7 files begin", "notes.txt", None, "text"),
        (b"<!DOCTYPE html><p>x", "", None, "html"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><!-- a --><!-- b --><html>", "page", None, "html"),
        (b"<html><p>x", "README.md", "text/html; charset=utf-8", "html"),
        (b"<html> in Markdown", "README.md", None, "markdown"),
        (b"# Title", "README.MD", "text/html", "markdown"),
        (b"<html><table>", "export.xls", None, "html"),
        (b"a,b", "a.csv", None, "csv"),
        (b"a,b", "", "text/csv", "csv"),
        (b"{}", "a.json", None, "json"),
        (b"From: a", "a.eml", None, "eml"),
        (b"<a/>", "a.xml", None, "xml"),
        (b"print()", "a.py", None, "text"),
        (b"text", "a.txt", "application/octet-stream", "text"),
        (b"<!--" + b"-->x<!--" * 500, "a", None, "text"),
        (office("vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"), "a", None, "docx"),
        (office("vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"), "a", None, "pptx"),
        (office("vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"), "a.zip", None, "xlsx"),
        (zipped({"[Content_Types].xml": b"", "word/document.xml": b""}), "a", None, "docx"),
        (zipped({"mimetype": b"application/hwp+zip"}), "a.hwpx", None, "hwpx"),
    ],
)
def test_the_type_is_recognised(data: bytes, name: str, media_type: str | None, kind: str) -> None:
    assert sniff(data, name=name, media_type=media_type) == kind


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature[3])
def test_bytes_that_are_never_text_are_refused_by_name(signature: tuple[bytes, int, str, str]) -> None:
    mark, offset, code, kind = signature
    error = refused(bytes(offset) + mark + bytes(300), "a.txt")

    assert error.code == f"read.{code}"
    assert error.details["kind"] == kind


@pytest.mark.parametrize(
    ("data", "name", "code", "part"),
    [
        (OLE + "WordDocument".encode("utf-16-le"), "a.doc", "legacy", "DOCX"),
        (OLE + "PowerPoint Document".encode("utf-16-le"), "a.bin", "legacy", "PPTX"),
        (OLE + "Workbook".encode("utf-16-le"), "a.xls", "legacy", "XLSX"),
        (OLE + "FileHeader".encode("utf-16-le"), "a.hwp", "legacy", "Hangul"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx", "encrypted", "password"),
        (OLE + "__substg1.0_".encode("utf-16-le"), "a.msg", "unsupported", "Outlook"),
        (OLE, "a.doc", "legacy", "DOCX"),
        (OLE, "a.db", "unsupported", "OLE"),
        (b"HWP Document File V3.00 \x1a\x01", "a.hwp", "legacy", "Hangul"),
        (b"MZ\x90\x00\x03" + bytes(200), "a.exe", "program", "Windows"),
        (b"BM\x36\x00\x00\x00\x00\x00\x00\x00", "a.bmp", "picture", "BMP"),
        (b"plain text", "a.docx", "damaged", "damaged"),
        (b"plain text", "a.doc", "legacy", "DOCX"),
        (b"plain text", "a.odt", "unsupported", "OpenDocument"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "a.xml", "entities", "entities"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>'.encode("utf-16"), "a.xml", "entities", "entities"),
        (zipped({"a.txt": b"text"}), "a.zip", "archive", "ZIP"),
        (zipped({"META-INF/MANIFEST.MF": b""}), "a.jar", "archive", "JAR"),
        (zipped({"a.txt": b"text"}), "a.docx", "damaged", "damaged"),
        (zipped({"Index.zip": b""}), "a.pages", "unsupported", "Pages"),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}), "a.odt", "unsupported", "OpenDocument"),
        (zipped({"mimetype": b"application/epub+zip"}), "book", "unsupported", "EPUB"),
        (zipped({"mimetype": b"application/x-strange"}), "a", "unsupported", "x-strange"),
        (zipped({"[Content_Types].xml": b""}), "a", "unsupported", "Office"),
        (office("vnd.ms-word.document.macroEnabled.main+xml"), "a.docm", "macros", "DOCX"),
        (office("vnd.ms-excel.sheet.macroEnabled.main+xml"), "a.xlsm", "macros", "XLSX"),
        (office("vnd.strange.macroEnabled.main+xml"), "a", "macros", "DOCX"),
        (office("vnd.ms-excel.sheet.binary.macroEnabled.main"), "a.xlsb", "legacy", "xlsb"),
        (office("vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml"), "a.ppsx", "legacy", "ppsx"),
        (b"PK\x03\x04 cut off", "a.docx", "damaged", "damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_name_and_advice(data: bytes, name: str, code: str, part: str) -> None:
    error = refused(data, name)

    assert error.code == f"read.{code}"
    assert part in error.text("en")


def test_a_bomb_is_refused_by_what_it_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = zipped({"word/document.xml": bytes(2_000_000)})
    monkeypatch.setattr(archives, "HARMLESS_UNPACKED", 1_000_000)
    with pytest.raises(Refused) as ratio:
        open_archive(packed, "a.docx")
    monkeypatch.setattr(archives, "MOST_UNPACKED", 1_500_000)
    with pytest.raises(Refused) as size:
        open_archive(zipped({"a": bytes(2_000_000)}, zipfile.ZIP_STORED), "a.docx")
    monkeypatch.setattr(archives, "MOST_PARTS", 3)
    with pytest.raises(Refused) as parts:
        open_archive(zipped({str(number): b"" for number in range(5)}), "a.docx")

    assert {error.value.code for error in (ratio, size, parts)} == {"read.bomb"}


def test_a_large_document_that_is_packed_as_usual_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "HARMLESS_UNPACKED", 1_000_000)

    assert open_archive(zipped({"a": bytes(2_000_000)}, zipfile.ZIP_STORED), "a.docx").namelist() == ["a"]


def test_a_locked_archive_is_refused() -> None:
    packed = bytearray(zipped({"word/document.xml": b"text"}))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refused) as error:
        open_archive(bytes(packed), "a.docx")

    assert error.value.code == "read.encrypted"


@pytest.mark.parametrize("encoding", ["ascii", "utf-16"])
def test_declared_entities_are_found_wherever_they_stand(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "STEP", 7)
    text = f"<?xml version='1.0'?><!-- {'x' * 50} --><!DOCTYPE a [<!ENTITY b 'c'>]><a/>"
    with pytest.raises(Refused) as error:
        check_parts(open_archive(zipped({"word/document.xml": text.encode(encoding)}), "a"), "a.docx")

    assert error.value.code == "read.entities"


def test_parts_that_are_no_xml_are_not_unpacked() -> None:
    packed = bytearray(zipped({"media/a.png": b"<!DOCTYPE" * 100, "a.xml": b"<a/>"}))
    check_parts(open_archive(bytes(packed), "a"), "a.docx")


def test_a_part_that_unpacks_to_something_else_is_damage() -> None:
    packed = bytearray(zipped({"a.xml": b"<a>" + b"hello " * 100}, zipfile.ZIP_STORED))
    packed[packed.index(b"hello")] ^= 0xFF
    archive = open_archive(bytes(packed), "a.docx")
    for look in (lambda: check_parts(archive, "a.docx"), lambda: read_part(archive, "a.xml", "a.docx")):
        with pytest.raises(Refused) as error:
            look()
        assert error.value.code == "read.damaged"
    with pytest.raises(Refused):
        read_part(archive, "missing.xml", "a.docx")
