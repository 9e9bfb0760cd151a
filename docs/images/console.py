"""Takes the pictures of the console from a real run in Chromium: `make picture`."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from first_answer import HANDBOOK, HERE
from playwright.async_api import Page, async_playwright

QUESTION = "How many days of leave do full-time employees get?"
IN_VAIN = (
    "Who repairs the coffee machine?",
    "Who can repair our coffee machine?",
    "What is the password of the wireless network?",
)
"""Questions that the handbook does not answer, two of them with one wish."""
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
PATIENCE = 60_000
"""Milliseconds."""


def main() -> None:
    """Runs the program in an empty folder, asks it on its page, and writes the pictures beside this file."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        (Path(folder) / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
        more = {"PYTHONPATH": str(HERE.parents[1]), "API_PORT": str(port), "DATA_DIR": f"{folder}/data"}
        command = [sys.executable, "-m", "bot", "run", "--only", "http"]
        with subprocess.Popen(
            command, cwd=folder, env={**os.environ, **more}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as program:
            try:
                asyncio.run(_pictures(f"http://127.0.0.1:{port}", Path(folder)))
            finally:
                program.terminate()


async def _pictures(url: str, folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(QUIET))
        page = await browser.new_page(locale="en-US", viewport={"width": 1180, "height": 690})
        page.set_default_timeout(PATIENCE)
        await _open(page, url)
        await page.locator("#files").set_input_files(folder / "handbook.md")
        await page.wait_for_selector("#tray li[data-state=known]")
        await _ask(page, QUESTION)
        await page.locator(".cite").first.click()
        await page.wait_for_selector("mark")
        await page.screenshot(path=HERE / "console.png")
        for question in IN_VAIN:
            await _ask(page, question)
        await page.goto(f"{url}/console/questions")
        await page.screenshot(path=HERE / "questions.png", full_page=True)
        await browser.close()


async def _ask(page: Page, question: str) -> None:
    """Asks, and waits until the answer is whole."""
    await page.locator("#question").fill(question)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".answer:last-child .whole")


async def _open(page: Page, url: str) -> None:
    """Waits until the program answers."""
    for _ in range(100):
        try:
            await page.goto(url)
        except Exception as error:  # noqa: BLE001 - a browser says in its own words that nobody listens
            await asyncio.sleep(0.5)
            last = error
        else:
            return
    raise last


if __name__ == "__main__":
    main()
