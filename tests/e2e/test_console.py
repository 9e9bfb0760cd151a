"""The console in a real browser, beside the program as users start it: added, asked, read and understood."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.program import PATIENCE, Place, Running
from tests.unit.pdfs import lines, pdf

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LEAVE = "Full-time employees get 25 days of annual leave. Interns get 10 days."
LARGEST_FIRST_PAGE = 100_000
"""Bytes."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("console"))
    with Running(place, "--only", "http") as program:
        program.healthy()
        yield place


@asynccontextmanager
async def opened(place: Place, *, locale: str = "en-US", width: int = 1200) -> AsyncIterator[Page]:
    """A browser on the first page. Nothing may be complained about on its console."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = await browser.new_page(locale=locale, viewport={"width": width, "height": 800})
        page.set_default_timeout(PATIENCE * 1000)
        expect.set_options(timeout=PATIENCE * 1000)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(place.url)
        yield page
        await browser.close()
    assert complaints == []


async def ask(page: Page, question: str) -> None:
    await page.get_by_role("textbox").first.fill(question)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".answer:last-child .whole")


async def test_a_newcomer_adds_a_file_asks_about_it_and_sees_where_it_stands(place: Place) -> None:
    file = place.folder / "handbook.pdf"
    file.write_bytes(pdf([lines(LEAVE)]))
    async with opened(place) as page:
        await expect(page.get_by_role("heading", level=2)).to_have_text("Drop a file here, then ask about it")
        await page.locator("#files").set_input_files(file)
        await expect(page.locator("#tray li")).to_contain_text("known: 1 passage")
        await ask(page, "How many days of annual leave do full-time employees get?")
        answer = page.locator(".answer").last
        await expect(answer).to_contain_text("25 days")
        await answer.locator(".cite").click()
        await expect(page.locator("#source mark")).to_contain_text("Interns get 10 days.")
        await expect(page.locator("#source")).to_contain_text("page 1")
        await answer.get_by_role("button", name="Not helpful").click()
        await answer.get_by_role("textbox").fill("Too short.")
        await answer.get_by_role("button", name="Ask").or_(answer.get_by_role("button", name="Send")).click()
        await page.get_by_role("link", name="Documents").click()
        await page.get_by_role("link", name="handbook").click()
        await expect(page.locator(".passage").first).to_contain_text("25 days")
        await page.get_by_role("link", name="Forget").click()
        await page.get_by_role("button", name="Forget").click()
        await expect(page.get_by_role("link", name="handbook")).to_have_count(0)
        await page.get_by_role("link", name="Health").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("All is well")


async def test_it_speaks_korean_and_fits_a_telephone(place: Place) -> None:
    file = place.folder / "empty.txt"
    file.write_bytes(b"")
    async with opened(place, locale="ko-KR", width=380) as page:
        await expect(page.locator("html")).to_have_attribute("lang", "ko")
        await page.locator("#files").set_input_files(file)
        await expect(page.locator("#tray li")).to_have_attribute("data-state", "refused")
        await expect(page.locator("#tray li")).to_contain_text("empty.txt")
        await ask(page, "Slack은 어떻게 연결하나요?")
        await expect(page.locator(".answer").last.locator(".sources button").first).to_be_visible()
        for path in ("/", "/documents", "/health"):
            await page.goto(f"{place.url}/console{path}")
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        await page.get_by_role("button", name="English").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_a_newcomer_finds_what_was_asked_in_vain(place: Place) -> None:
    question = "Who was the third king of ancient Nubia?"
    async with opened(place) as page:
        await ask(page, question)
        await expect(page.locator(".answer").last).to_have_attribute("data-outcome", "not_found")
        await page.get_by_role("link", name="Questions").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Questions")
        await expect(page.get_by_role("heading", name=question)).to_be_visible()
        drawing = page.get_by_role("img", name="Questions each day, by how they ended")
        await expect(drawing).to_be_visible()
        await expect(drawing.locator("rect.fill-not_found")).to_have_count(1)
        await page.get_by_text("As a table").first.click()
        await expect(page.get_by_role("columnheader", name="Not found").first).to_be_visible()
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Questions as CSV").click()
        assert question in (await (await coming.value).path()).read_text(encoding="utf-8-sig")
        await page.get_by_role("link", name="All questions").click()
        await page.get_by_label("Kind").select_option("not_found")
        await page.get_by_role("button", name="Filter").click()
        await expect(page.get_by_role("heading", name=question)).to_be_visible()
        await page.get_by_role("button", name="한국어").click()
        await page.get_by_role("link", name="질문 기록").click()
        await expect(page.get_by_role("heading", name="문서에 없는 질문")).to_be_visible()
        await expect(page.get_by_role("heading", name=question)).to_be_visible()


async def test_the_questions_fit_a_telephone_in_the_dark(place: Place) -> None:
    async with opened(place, locale="ko-KR", width=380) as page:
        await page.emulate_media(color_scheme="dark")
        await ask(page, "부산 사무실 방문객은 어느 주차장을 쓸 수 있나요?")
        await page.goto(f"{place.url}/console/questions")
        await expect(page.get_by_role("img", name="하루 질문 수와 결과")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shown = await page.content()
        assert len(shown.encode()) < LARGEST_FIRST_PAGE
        colour = "getComputedStyle(document.querySelector('.fill-not_found')).fill"
        assert await page.evaluate(colour) == "rgb(240, 198, 116)", "the colours are those of the dark"


async def test_the_first_page_is_small_and_asks_nobody_else(place: Place) -> None:
    urls: set[str] = set()
    async with opened(place) as page:
        page.on("request", lambda request: urls.add(request.url))
        await page.reload(wait_until="networkidle")
        sizes = {url: len(await (await page.request.get(url)).body()) for url in urls}
    assert all(url.startswith(place.url) for url in sizes)
    assert len(sizes) >= 5
    assert sum(sizes.values()) < LARGEST_FIRST_PAGE


async def test_an_administrator_decides_what_happens_in_a_channel(place: Place) -> None:
    async with opened(place) as page:
        await page.get_by_role("link", name="Channels").click()
        await page.get_by_label("A channel by its name").fill("discord:9:77")
        await page.get_by_role("button", name="Open").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("discord:9:77")
        await page.get_by_label("I answer").select_option("Every new post of a forum")
        await page.get_by_label("Tone").select_option("Formal")
        await page.get_by_label("Instructions for my answers").fill("Name the page.")
        await page.get_by_label("Allowed sources").fill("https://wiki.example/\npublic")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("status")).to_contain_text("Saved")
        await expect(page.get_by_label("I answer")).to_have_value("posts")
        await expect(page.get_by_label("Allowed sources")).to_have_value("https://wiki.example/\npublic")
        await page.get_by_role("link", name="All channels").click()
        row = page.get_by_role("row").filter(has_text="discord:9:77")
        await expect(row).to_contain_text("Tone")
        await page.set_viewport_size({"width": 380, "height": 800})
        await row.get_by_role("link").click()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_what_was_decided_holds_from_the_next_question_on(place: Place) -> None:
    async with opened(place) as page:
        for choice, outcome in (("Off", "answered"), ("On", "not_found")):
            await page.goto(f"{place.url}/console/channels/http::team")
            await page.get_by_label("Only with sources").select_option(choice)
            await page.get_by_role("button", name="Save").click()
            await expect(page.get_by_role("status")).to_contain_text("Saved")
            answer = await page.request.post(
                f"{place.url}/api/v1/chat/",
                data={"message": "Hello!", "session_id": "team"},
                timeout=2 * PATIENCE * 1000,
            )
            assert (await answer.json())["outcome"] == outcome
