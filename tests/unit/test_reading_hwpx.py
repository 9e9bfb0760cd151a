"""Hangul documents: paragraphs and tables in order; damage is named."""

from core.backends.reading import hwpx
from core.backends.reading.file import File
from tests.unit.test_reading_office import refusal, zipped

HANGUL = "http://www.hancom.co.kr/hwpml/2011/paragraph"


def hangul(section: str, **parts: str) -> bytes:
    return zipped({"mimetype": "application/hwp+zip", "Contents/section0.xml": section, **parts})


def test_hwpx_paragraphs_and_tables_are_read_in_order() -> None:
    def said(text: str) -> str:
        return f"<p><run><t>{text}</t></run></p>"

    table = (
        "<tbl>"
        + "".join(f"<tr><tc>{said(a)}</tc><tc>{said(b)}{said('둘')}</tc></tr>" for a, b in (("가", "나"), ("다", "라")))
        + "</tbl>"
    )
    first = f'<sec xmlns="{HANGUL}">{said("연차는 <b/>15일")}<p><run>{table}</run></p>{said("끝")}</sec>'
    second = f'<sec xmlns="{HANGUL}">{said("둘째 구역")}</sec>'
    reading = hwpx.read(File(hangul(first, **{"Contents/section1.xml": second}), "a.hwpx"))

    assert [block.text for block in reading.blocks] == [
        "연차는 15일", "| 가 | 나 둘 |\n| 다 | 라 둘 |", "끝", "둘째 구역",
    ]  # fmt: skip


def test_locked_or_damaged_hwpx_is_refused() -> None:
    manifest = '<manifest><encryption-data checksum="x"/></manifest>'

    assert refusal(hwpx, hangul("<sec/>", **{"META-INF/manifest.xml": manifest}), "a.hwpx") == "read.encrypted"
    assert refusal(hwpx, hangul("<sec>"), "a.hwpx") == "read.damaged"
    assert hwpx.read(File(hangul("<sec/>", **{"META-INF/manifest.xml": "<m/>"}), "a.hwpx")).blocks == ()
