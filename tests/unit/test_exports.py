"""Files, documents and pastes are read where their plain text stands, and cited where people open them."""

import pytest

from core.exports import Export, export_of, fetched_from, heading_link

ID = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
GIST = "0123456789abcdef0123456789abcdef"
HUB = "https://github.com/python/cpython/blob/main/README.rst"
RAW = "https://raw.githubusercontent.com/python/cpython/main/README.rst"
LAB = "https://gitlab.com/group/sub/project"
DOC = f"https://docs.google.com/document/d/{ID}"
SHEET = f"https://docs.google.com/spreadsheets/d/{ID}"
SLIDES = f"https://docs.google.com/presentation/d/{ID}"
HASTE = "https://www.toptal.com/developers/hastebin"


@pytest.mark.parametrize(
    ("url", "page", "address"),
    [
        (HUB, HUB, RAW),
        (f" {HUB}?plain=1#L10-L20 ", HUB, RAW),
        (HUB.replace("blob", "raw"), HUB, RAW),
        (
            "https://github.com/o/r/blob/feature/x/docs/%EC%97%B0%EC%B0%A8%20%ED%9C%B4%EA%B0%80.md",
            "https://github.com/o/r/blob/feature/x/docs/%EC%97%B0%EC%B0%A8%20%ED%9C%B4%EA%B0%80.md",
            "https://raw.githubusercontent.com/o/r/feature/x/docs/%EC%97%B0%EC%B0%A8%20%ED%9C%B4%EA%B0%80.md",
        ),
        (
            f"https://gist.github.com/someone/{GIST}#file-a-md",
            f"https://gist.github.com/someone/{GIST}",
            f"https://gist.githubusercontent.com/someone/{GIST}/raw",
        ),
        (f"https://gist.github.com/{GIST}", f"https://gist.github.com/{GIST}", f"https://gist.github.com/{GIST}/raw"),
        (f"{LAB}/-/blob/main/a/b.md?ref_type=heads", f"{LAB}/-/blob/main/a/b.md", f"{LAB}/-/raw/main/a/b.md"),
        ("http://git.corp:8080/o/r/-/blob/main/b.md",) * 2 + ("http://git.corp:8080/o/r/-/raw/main/b.md",),
        (f"{LAB}/-/snippets/42", f"{LAB}/-/snippets/42", f"{LAB}/-/snippets/42/raw"),
        (
            "https://gitlab.com/-/snippets/42/",
            "https://gitlab.com/-/snippets/42",
            "https://gitlab.com/-/snippets/42/raw",
        ),
        (f"{DOC}/edit?usp=sharing#heading=h.1", f"{DOC}/edit", f"{DOC}/export?format=html"),
        (DOC, f"{DOC}/edit", f"{DOC}/export?format=html"),
        (
            f"https://docs.google.com/a/example.com/document/u/1/d/{ID}/view",
            f"{DOC}/edit",
            f"{DOC}/export?format=html",
        ),
        (f"{SHEET}/edit?usp=sharing", f"{SHEET}/edit", f"{SHEET}/export?format=xlsx"),
        (f"{SHEET}/edit#gid=0", f"{SHEET}/edit#gid=0", f"{SHEET}/export?format=csv&gid=0"),
        (f"{SHEET}/edit?gid=77&x=1#gid=77", f"{SHEET}/edit#gid=77", f"{SHEET}/export?format=csv&gid=77"),
        (f"{SLIDES}/edit#slide=id.p3", f"{SLIDES}/edit", f"{SLIDES}/export/pptx"),
        (
            f"https://drive.google.com/file/d/{ID}/view?usp=drive_link",
            f"https://drive.google.com/file/d/{ID}/view",
            f"https://drive.google.com/uc?export=download&id={ID}",
        ),
        ("https://pastebin.com/aB3dE6gH", "https://pastebin.com/aB3dE6gH", "https://pastebin.com/raw/aB3dE6gH"),
        ("https://pastebin.com/raw/aB3dE6gH", "https://pastebin.com/aB3dE6gH", "https://pastebin.com/raw/aB3dE6gH"),
        ("https://paste.debian.net/1234567/",) * 2 + ("https://paste.debian.net/plain/1234567",),
        ("https://paste.debian.net/hidden/ab12/",) * 2 + ("https://paste.debian.net/plainh/ab12",),
        ("https://dpaste.com/ABCDEF123", "https://dpaste.com/ABCDEF123", "https://dpaste.com/ABCDEF123.txt"),
        ("https://dpaste.org/aBc12", "https://dpaste.org/aBc12", "https://dpaste.org/aBc12/raw"),
        ("https://bpa.st/ABCD", "https://bpa.st/ABCD", "https://bpa.st/raw/ABCD"),
        (f"{HASTE}/avuyakopuq.py", f"{HASTE}/avuyakopuq", f"{HASTE}/raw/avuyakopuq"),
        ("https://hst.sh/avuyakopuq.md", "https://hst.sh/avuyakopuq", "https://hst.sh/raw/avuyakopuq"),
        ("http://haste.corp:7777/avuyakopuq",) * 2 + ("http://haste.corp:7777/raw/avuyakopuq",),
    ],
)
def test_text_is_fetched_where_it_stands_plainly(url: str, page: str, address: str) -> None:
    export = export_of(url)
    assert export is not None
    assert (export.page, export.address) == (page, address)
    assert fetched_from(url) == address
    again = export_of(page)
    assert again == export, "the page that is cited leads to the same text"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a",
        "https://github.com/python/cpython",
        "https://github.com/python/cpython/issues/1",
        "https://github.com/python/cpython/tree/main/Doc",
        "https://github.com/python/cpython/blob/main",
        "https://github.com.example.com/o/r/blob/main/a.md",
        "https://example.com/github.com/o/r/blob/main/a.md",
        "https://gist.github.com/someone",
        "https://gitlab.com/group/project/-/issues/4",
        f"https://docs.google.com/document/d/e/2PACX-{ID}/pub",
        "https://docs.google.com/document/u/0/",
        f"https://docs.google.com/forms/d/{ID}/viewform",
        "https://pastebin.com/trending",
        "https://pastebin.com/archive",
        "https://drive.google.com/drive/folders/1Bxi",
        "https://user:word@github.com/o/r/blob/main/a.md",
        "ftp://github.com/o/r/blob/main/a.md",
        "http://[broken",
        "https://github.com:99999/o/r/blob/main/a.md",
        "",
    ],
)
def test_every_other_page_is_read_at_its_own_address(url: str) -> None:
    assert export_of(url) is None
    assert fetched_from(url) == url


@pytest.mark.parametrize(
    ("url", "anchor", "media_type", "link"),
    [
        ("https://example.com/a?b=c", "leave", "text/html", "https://example.com/a?b=c#leave"),
        ("https://example.com/a", "연차 (1)", "text/html", "https://example.com/a#%EC%97%B0%EC%B0%A8%20%281%29"),
        ("https://example.com/a", "", "text/html", "https://example.com/a"),
        ("https://example.com/#/route", "leave", "text/html", "https://example.com/#/route"),
        ("https://example.com/a.md", "leave", "text/markdown", "https://example.com/a.md"),
        (
            "https://github.com/o/r/blob/main/a.md",
            "leave",
            "text/markdown",
            "https://github.com/o/r/blob/main/a.md#leave",
        ),
        ("https://github.com/o/r/blob/main/a.html", "leave", "text/html", "https://github.com/o/r/blob/main/a.html"),
        (f"{LAB}/-/blob/main/a.md", "leave", "text/markdown", f"{LAB}/-/blob/main/a.md"),
        (f"{DOC}/edit", "h.8k2m", "text/html", f"{DOC}/edit#heading=h.8k2m"),
        (f"{DOC}/edit", "other", "text/html", f"{DOC}/edit"),
    ],
)
def test_a_heading_is_linked_to_where_its_page_can_be_opened_there(
    url: str, anchor: str, media_type: str, link: str
) -> None:
    assert heading_link(url, anchor, media_type=media_type) == link


def test_a_page_without_linked_headings_says_so() -> None:
    assert export_of("https://pastebin.com/aB3dE6gH") == Export(
        "https://pastebin.com/aB3dE6gH", "https://pastebin.com/raw/aB3dE6gH", "none"
    )
