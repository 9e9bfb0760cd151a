"""Small PDFs made by hand, so that tests say what stands where."""

from collections.abc import Iterable, Mapping


def pdf(
    contents: Iterable[str], *, extra: Iterable[bytes] = (), catalog: str = "", font: str = "", info: str = ""
) -> bytes:
    """A PDF with a page for each content stream; `extra` objects are numbered from 3."""
    objects = [b"", b"", *extra]
    pages = []
    for content in contents:
        data = content.encode("latin-1")
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(data), data))
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {len(objects)} 0 R/Resources<</Font<</F "
        objects.append((page + (font or "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>") + ">>>>>>").encode())
        pages.append(f"{len(objects)} 0 R")
    objects[0] = f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode()
    objects[1] = f"<</Type/Pages/Kids[{' '.join(pages)}]/Count {len(pages)}>>".encode()
    objects.append(f"<<{info}>>".encode())
    return assembled(objects)


def assembled(objects: Iterable[bytes]) -> bytes:
    """The objects as a file; the first is the catalogue, the last the properties."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out) + trailer % (len(places) + 1, len(places), start)


def lines(*texts: str, size: int = 12, left: int = 72, top: int = 700, leading: int = 15) -> str:
    """Lines of text one below the other."""
    return "\n".join(
        f"BT /F {size} Tf {left} {top - leading * row} Td ({text}) Tj ET" for row, text in enumerate(texts)
    )


def mapped(characters: Mapping[int, str]) -> tuple[bytes, str]:
    """An object (number 3) that says what the codes of a font mean, and the font."""
    pairs = "".join(f"<{code:02x}> <{text.encode('utf-16-be').hex()}>\n" for code, text in characters.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
        f"1 begincodespacerange <00> <ff> endcodespacerange {len(characters)} beginbfchar\n{pairs}endbfchar "
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()
    stream = b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap)
    return stream, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 3 0 R>>"
