"""Reads PDF page by page."""

from core.backends.reading.file import File
from core.errors import Refused
from core.types import Block, Reading

MEDIA_TYPE = "application/pdf"


def read(file: File) -> Reading:
    """Refused when it is encrypted or damaged."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file.data)
        blocks = tuple(
            Block(page.get_textpage().get_text_range(), page=number) for number, page in enumerate(document, 1)
        )
    except pypdfium2.PdfiumError as error:
        raise Refused(
            "read.encrypted" if "password" in str(error).lower() else "read.damaged", name=file.name
        ) from error
    return Reading(blocks, media_type=MEDIA_TYPE)
