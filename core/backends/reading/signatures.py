"""Knows pictures, archives, programs and other bytes that no reader takes by how they begin."""

from core.errors import Refused

SIGNATURES: tuple[tuple[bytes, int, str, str], ...] = (
    # bytes, where they stand, code of the refusal, name of the kind
    (b"\x1f\x8b", 0, "archive", "GZIP"),
    (b"7z\xbc\xaf\x27\x1c", 0, "archive", "7-Zip"),
    (b"Rar!\x1a\x07", 0, "archive", "RAR"),
    (b"BZh", 0, "archive", "BZIP2"),
    (b"\xfd7zXZ\x00", 0, "archive", "XZ"),
    (b"\x28\xb5\x2f\xfd", 0, "archive", "Zstandard"),
    (b"\x1f\x9d", 0, "archive", "compress (.Z)"),
    (b"MSCF", 0, "archive", "CAB"),
    (b"ALZ\x01", 0, "archive", "ALZip"),
    (b"EGGA", 0, "archive", "EGG"),
    (b"ustar", 257, "archive", "TAR"),
    (b"\x89PNG\r\n", 0, "picture", "PNG"),
    (b"\xff\xd8\xff", 0, "picture", "JPEG"),
    (b"GIF87a", 0, "picture", "GIF"),
    (b"GIF89a", 0, "picture", "GIF"),
    (b"II*\x00", 0, "picture", "TIFF"),
    (b"MM\x00*", 0, "picture", "TIFF"),
    (b"8BPS", 0, "picture", "Photoshop"),
    (b"\x00\x00\x01\x00", 0, "picture", "ICO"),
    (b"WEBP", 8, "picture", "WebP"),
    (b"ftypheic", 4, "picture", "HEIC"),
    (b"ftypavif", 4, "picture", "AVIF"),
    (b"ftyp", 4, "media", "MP4"),
    (b"ID3", 0, "media", "MP3"),
    (b"OggS", 0, "media", "Ogg"),
    (b"fLaC", 0, "media", "FLAC"),
    (b"WAVE", 8, "media", "WAV"),
    (b"AVI ", 8, "media", "AVI"),
    (b"\x1aE\xdf\xa3", 0, "media", "Matroska"),
    (b"\x7fELF", 0, "program", "ELF"),
    (b"\xcf\xfa\xed\xfe", 0, "program", "Mach-O"),
    (b"\xca\xfe\xba\xbe", 0, "program", "Java"),
    (b"\x00asm", 0, "program", "WebAssembly"),
    (b"!<arch>\n", 0, "program", "ar"),
    (b"SQLite format 3\x00", 0, "unsupported", "SQLite"),
    (b"PAR1", 0, "unsupported", "Parquet"),
    (b"{\\rtf", 0, "unsupported", "RTF"),
    (b"%!PS", 0, "unsupported", "PostScript"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", 0, "unsupported", "OneNote"),
    (b"\x00\x01\x00\x00Standard", 0, "unsupported", "Access"),
    (b"wOFF", 0, "unsupported", "WOFF"),
    (b"wOF2", 0, "unsupported", "WOFF2"),
    (b"OTTO", 0, "unsupported", "OpenType"),
    (b"\x00\x01\x00\x00\x00", 0, "unsupported", "TrueType"),
)
"""Longer marks before shorter ones that they begin with."""


def foreign(data: bytes, name: str) -> Refused | None:
    """The refusal of a file whose first bytes show a kind that is never text."""
    if data.startswith(b"HWP Document File"):
        return Refused("read.legacy", name=name, kind="Hangul (.hwp)", target="DOCX, PDF, HWPX")
    if data.startswith(b"MZ") and b"\x00" in data[:128]:
        return Refused("read.program", name=name, kind="Windows")
    if data.startswith(b"BM") and b"\x00" in data[6:10]:
        return Refused("read.picture", name=name, kind="BMP")
    for mark, offset, code, kind in SIGNATURES:
        if data[offset : offset + len(mark)] == mark:
            return Refused(f"read.{code}", name=name, kind=kind)
    return None
