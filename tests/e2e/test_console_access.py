"""Every page of the console for everybody: axe finds nothing serious, and a keyboard is enough."""

import json
from collections.abc import Iterator
from functools import cache

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.e2e.program import Place, Running
from tests.e2e.test_console import CHROMIUM, LEAVE, ask, opened
from tests.integration.node_running import installed

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
ASKED = "How many days of annual leave do full-time employees get?"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TOKEN = "secret"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("access"))
    with Running(place, "--only", "http") as program:
        program.healthy()
        yield place


@cache
def axe() -> str:
    return (installed() / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def faults(page: Page, rules: object = RULES) -> list[str]:
    """What axe finds on the page as it stands, of whatever weight."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(axe())
    told = await page.evaluate(f"axe.run({{runOnly: {json.dumps(rules)}, resultTypes: ['violations']}})")
    return [
        f"{page.url}: {fault['impact']}: {fault['id']}: {node['html']}"
        for fault in told["violations"]
        for node in fault["nodes"]
    ]


async def faults_in_both_lights(page: Page) -> list[str]:
    """What axe finds by day, and the colours by night, on which nothing else depends."""
    found = await faults(page)
    await page.emulate_media(color_scheme="dark")
    found += await faults(page, {"type": "rule", "values": ["color-contrast"]})
    await page.emulate_media(color_scheme="light")
    return found


def paths(place: Place) -> list[str]:
    """Every page there is, with a document and a question that they can show."""
    texts = {"documents": [{"content": LEAVE, "metadata": {"title": "Handbook"}}]}
    added = httpx.post(f"{place.url}/api/v1/documents/", json=texts, timeout=60)
    document = f"/documents/{added.json()['document_ids'][0]}"
    asked = {"message": "Who was the third king of ancient Nubia?"}
    httpx.post(f"{place.url}/api/v1/chat/", json=asked, timeout=60).raise_for_status()
    readers = f"{document}/readers?scope=workspace:slack:T1"
    shown = ["/", "/documents", "/documents?q=nothing", document, readers, f"{document}/forget", "/sign-in"]
    about = ["/questions", "/questions/list", "/channels", "/channels/slack:T1:C1", "/audit", "/health?examined=true"]
    return [*shown, *about]


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
async def test_axe_finds_nothing_on_any_page_in_any_light(place: Place, locale: str) -> None:
    found: list[str] = []
    wanted = paths(place)
    async with opened(place, locale=locale) as page:
        await page.emulate_media(reduced_motion="reduce")
        await ask(page, ASKED)
        await page.locator(".cite").first.click()
        await page.wait_for_selector("mark")
        found += await faults_in_both_lights(page)
        await page.locator("#link").click()
        found += await faults_in_both_lights(page)
        for path in wanted[1:]:
            await page.goto(f"{place.url}/console{path}")
            found += await faults_in_both_lights(page)
        assert page.context.browser is not None
        refused = await page.context.browser.new_page(locale=locale)
        await refused.goto(f"{place.url}/console/documents/none")
        found += await faults_in_both_lights(refused)
    assert found == []


async def test_a_keyboard_is_enough_to_ask_read_and_find_a_document(place: Place) -> None:
    paths(place)
    async with opened(place) as page:
        await page.goto(f"{place.url}/console/documents")
        order = await tabbed(page, 4)
        assert order[0] == "To the content"
        assert order[1:] == ["Saseo", "Ask", "Documents"]
        await page.goto(f"{place.url}/console/documents")
        await page.keyboard.press("Tab")
        assert await is_visible_focus(page)
        await page.keyboard.press("Enter")
        assert page.url.endswith("#main")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.id") == "q", "the skip link leads to the content"
        await page.keyboard.type("handb")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="Handbook")).to_have_count(1)
        await page.goto(place.url)
        assert await page.evaluate("document.activeElement.id") == "question"
        await page.keyboard.type(ASKED)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".answer:last-child .whole")
        await page.locator("#talk").focus()
        await page.keyboard.press("Tab")
        assert await is_visible_focus(page)
        assert await page.evaluate("document.activeElement.className") == "cite"
        await page.keyboard.press("Enter")
        await expect(page.locator("#source mark")).to_contain_text("25 days")
        await page.locator("#link").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#url")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator("#link-dialog")).not_to_be_visible()


async def test_whatever_takes_the_focus_shows_it(place: Place) -> None:
    paths(place)
    async with opened(place) as page:
        for path in ("/", "/documents", "/audit", "/health"):
            await page.goto(f"{place.url}/console{path}")
            await page.locator(".brand").focus()
            seen: list[str] = []
            while (name := (await tabbed(page, 1))[0]) not in ("BODY", *seen[:1]):
                assert await is_visible_focus(page), f"{path}: {name}"
                seen.append(name)
                assert len(seen) < 60
            assert len(seen) > 5


async def tabbed(page: Page, count: int) -> list[str]:
    """What has the focus after each press of the tabulator: its text, or what it is."""
    names = []
    for _ in range(count):
        await page.keyboard.press("Tab")
        names.append(
            await page.evaluate(
                "(one => one === document.body ? 'BODY' : (one.textContent.trim().slice(0, 40) || one.id))"
                "(document.activeElement)"
            )
        )
    return names


async def is_visible_focus(page: Page) -> bool:
    """Whether one sees what has the focus: an outline, on something that is on the screen."""
    return bool(
        await page.evaluate(
            "(one => { const style = getComputedStyle(one.matches('input.unseen') ? one.labels[0] : one);"
            " const box = (one.matches('input.unseen') ? one.labels[0] : one).getBoundingClientRect();"
            " return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2"
            " && box.width > 0 && box.right > 0 && box.bottom > 0; })(document.activeElement)"
        )
    )
