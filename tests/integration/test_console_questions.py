"""The questions in the console: plots with their tables, what was asked in vain, and what nobody else may read."""

import html
import re
from datetime import UTC, datetime

import httpx
import pytest

from adapters.http.console.visits import Visit
from adapters.http.insight import Insight
from core.errors import Unavailable
from core.people import Arrival, Person, Role
from core.pricing import Prices
from core.review import TextReaders
from core.types import Answer
from tests.fakes.saseo import Core
from tests.integration.asked import CONSOLE, MOMENT, OTHER, TEAM, recorded, still
from tests.integration.consoles import client, core
from tests.integration.http_asking import client_of

__all__ = ["client", "core", "still"]

PAGE = "/console/questions"
READER = Person(Arrival("slack:T1:U1", workspaces=("slack:T1",)))
GOVERNOR = Person(Arrival("slack:T1:U2", workspaces=("slack:T1",), governed=("slack:T1",)))
OWNER = Person(Arrival("slack:T1:U3", workspaces=("slack:T1",)), Role.ADMINISTRATOR)


async def text_of(client: httpx.AsyncClient, path: str = PAGE, **headers: str) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def looking(monkeypatch: pytest.MonkeyPatch, person: Person) -> None:
    """From now on this person looks at the console."""

    async def visitor(_: object) -> Visit:
        return Visit.begin(datetime.now(UTC), person=person)

    monkeypatch.setattr("adapters.http.console.route.visitor", visitor)


def drawing(page: str, name: str) -> str:
    found = re.search(rf'<svg[^>]*aria-labelledby="{name}-title.*?</svg>', page, flags=re.DOTALL)
    assert found is not None
    return found[0]


async def test_an_empty_page_says_what_to_do(client: httpx.AsyncClient) -> None:
    page = await text_of(client)
    assert "ask the first question yourself" in page
    assert "<svg viewBox" not in page


async def test_volume_outcome_and_latency_are_plotted_for_each_day(core: Core, client: httpx.AsyncClient) -> None:
    for outcome in ("answered", "answered", "not_found", "failed"):
        await recorded(core, "leave", outcome)
    await recorded(core, "leave", "quoted", days_ago=2, elapsed=3.0)

    page = await text_of(client, f"{PAGE}?days=7")

    volume = drawing(page, "volume")
    assert 'viewBox="0 0 70 100"' in volume
    assert "Mar 10 · Answered 2 · Not found 1 · Failed 1" in volume
    assert "Mar 8 · Quoted 1" in volume
    assert '<rect class="fill-answered" x="61" y="60.0" width="8" height="40.0"/>' in volume
    assert "The most on Mar 10: Answered: 2. Quoted: 0. Not found: 1. Failed: 1." in volume
    latency = drawing(page, "latency")
    assert "Mar 8 · 95 of 100 within 3.0 s · Half within 3.0 s" in latency
    assert '<th scope="row">Mar 8</th><td class="number">3.0 s</td>' in page
    assert "Questions: 5. Not in the documents: 1." in page


async def test_cost_is_plotted_where_prices_are_known_and_tokens_where_they_are_not(
    core: Core, client: httpx.AsyncClient
) -> None:
    await recorded(core, "leave")
    page = await text_of(client)
    assert "Mar 10 · Sent 1,000 · Written 100" in drawing(page, "tokens")
    assert "The model cost" not in page
    async with client_of(core, insight=Insight(prices=Prices(1.0, 10.0))) as priced:
        page = await text_of(priced)
    assert "Mar 10 · Cost $0.0020" in drawing(page, "cost")
    assert "The model cost $0.0020." in page


async def test_each_channel_has_its_row_and_its_own_plots(core: Core, client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await recorded(core, "leave")
    await recorded(core, "lunch", "not_found", session=CONSOLE)

    page = await text_of(client)
    rows = re.findall(r'<a href="\?days=30&channel=([^"]+)">([^<]+)</a>', page)
    assert rows == [("slack%3AT1%3AC1", "slack:T1:C1"), ("http%3A%3Aconsole", "Console")]

    narrowed = await text_of(client, f"{PAGE}?channel=http::console")
    assert "Questions: 1. Not in the documents: 1." in narrowed
    assert "Not found 1" in drawing(narrowed, "volume")
    assert "Answered" not in drawing(narrowed, "volume").partition("<g>")[2]
    assert '<option value="http::console" selected>' in narrowed


async def test_unanswered_questions_stand_together_with_examples(core: Core, client: httpx.AsyncClient) -> None:
    for text in ("where may visitors park", "what is for lunch", "where may visitors park today"):
        await recorded(core, text, "not_found")
    await recorded(core, "leave")

    page = await text_of(client)

    groups = re.findall(r"<h3>(.*?)</h3>\n<p class=\"hint\">(.*?) ·", page.partition('id="unanswered"')[2])
    assert groups[:2] == [("where may visitors park today", "asked 2 times"), ("what is for lunch", "asked once")]
    assert "<li>where may visitors park <span" in page
    assert "Add a document that answers one" in page


async def test_a_thumb_down_is_shown_with_its_words(core: Core, client: httpx.AsyncClient) -> None:
    bad, good = await recorded(core, "leave <1>"), await recorded(core, "lunch")
    await core.store.answers.judge(bad, helpful=False, by="U1", text="<script>wrong</script>")
    await core.store.answers.judge(good, helpful=True, by="U1", text="right")

    raw = (await client.get(PAGE)).text
    assert "leave &lt;1&gt;" in raw
    assert "&lt;script&gt;wrong&lt;/script&gt;" in raw
    assert "right" not in raw.partition("Found not helpful")[2]
    assert "Answer to leave" in raw


async def test_answers_that_no_longer_held_are_shown_with_whether_somebody_was_told(
    core: Core, client: httpx.AsyncClient
) -> None:
    names = {text: await recorded(core, text) for text in ("leave", "lunch", "parking", "fine")}
    await core.store.answers.revise(names["leave"], Answer("a", "New", "answered"))
    await core.store.answers.revise(names["lunch"], Answer("a", "", "not_found"))
    await core.store.answers.doubt(names["parking"])

    page = (await text_of(client)).partition("Answers that no longer held")[2]

    assert re.findall(r"<h3>(.*?)</h3>", page) == ["parking", "lunch", "leave"]
    for text in ("nobody was told", "It was withdrawn, and those who asked were told", "It was corrected"):
        assert text in page


async def test_what_there_is_none_of_is_said(core: Core, client: httpx.AsyncClient) -> None:
    await recorded(core, "leave")
    page = await text_of(client)
    assert "could answer every question" in page
    assert "Nobody has found an answer unhelpful" in page
    assert "No document has changed under an answer" in page


async def test_every_kind_of_question_is_listed_in_pages(
    core: Core, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.http.console.questions.PAGE", 2)
    for number in range(3):
        await recorded(core, f"open {number}", "not_found")
    found = await recorded(core, "found", "not_found")
    await core.store.answers.revise(found, Answer("a", "there", "quoted"))
    titles: list[str] = []
    path = f"{PAGE}/list?kind=not_found&channel=slack:T1:C1"
    for _ in range(2):
        page = await text_of(client, path)
        titles += re.findall(r"open \d(?=</h3>)", page)
        further = re.search(r'rel="next" href="([^"]+)"', page)
        path = f"{PAGE}/list{further[1]}" if further else ""
    assert titles == ["open 2", "open 1", "open 0"]
    assert path == ""
    assert "Answered later, and those who asked were told" in await text_of(client, f"{PAGE}/list?kind=found")
    assert "Choose another kind" in await text_of(client, f"{PAGE}/list?kind=failed")
    for query in ("kind=x", "after=x", "days=0", "days=184"):
        assert (await client.get(f"{PAGE}/list?{query}")).status_code == 422


async def test_an_erased_question_says_so(core: Core, client: httpx.AsyncClient) -> None:
    await recorded(core, "leave", "not_found")
    await core.store.review.erase_texts(MOMENT.replace(year=2027))
    assert "was erased when its time was over" in await text_of(client, f"{PAGE}/list")
    assert "Not in the documents: 1. Their texts" in await text_of(client)


async def test_days_are_those_of_the_reader(core: Core, client: httpx.AsyncClient) -> None:
    await recorded(core, "leave")
    for offset, day in (("0", "Mar 10"), ("780", "Mar 11"), ("-780", "Mar 9"), ("9999", "Mar 10"), ("x", "Mar 10")):
        page = await text_of(client, PAGE, Cookie=f"saseo_offset={offset}")
        assert f"{day} · Answered 1" in drawing(page, "volume")


async def test_what_is_asked_while_a_day_ends_waits_for_the_next_look(core: Core, client: httpx.AsyncClient) -> None:
    await recorded(core, "leave")
    await recorded(core, "lunch", days_ago=-1)
    page = await text_of(client)
    assert "Mar 10 · Answered 1" in drawing(page, "volume")
    assert "Mar 11" not in page


async def test_it_speaks_korean(core: Core, client: httpx.AsyncClient) -> None:
    await recorded(core, "휴가", "not_found", elapsed=1.5)
    page = await text_of(client, PAGE, **{"Accept-Language": "ko"})
    assert "3월 10일 · 문서에 없음 1" in drawing(page, "volume")
    assert "1.5초" in page
    assert "문서에 없는 질문" in page


@pytest.mark.parametrize(
    ("readers", "person", "texts"),
    [
        ("nobody", OWNER, set()),
        ("administrators", OWNER, {"lunch", "secret", "theirs"}),
        ("administrators", GOVERNOR, {"lunch"}),
        ("administrators", READER, set()),
        ("everyone", READER, {"lunch"}),
        ("everyone", OWNER, {"lunch", "secret", "theirs"}),
    ],
)
async def test_who_reads_texts_is_a_setting_and_nobody_reads_those_of_others(
    core: Core, monkeypatch: pytest.MonkeyPatch, readers: TextReaders, person: Person, texts: set[str]
) -> None:
    looking(monkeypatch, person)
    for text, session, alone in (("lunch", TEAM, False), ("secret", TEAM, True), ("theirs", OTHER, False)):
        name = await recorded(core, text, "not_found", session=session, alone=alone)
        await core.store.answers.judge(name, helpful=False, by="U1", text=f"thought of {text}")
        await core.store.answers.doubt(name)
    async with client_of(core, insight=Insight(texts=readers)) as client:
        for path in (PAGE, f"{PAGE}/list", f"{PAGE}/questions.csv"):
            page = (await client.get(path)).text
            assert {text for text in ("lunch", "secret", "theirs") if text in page} == texts, path
        shown = await text_of(client)
    assert ("Questions: 3." in shown) == person.whole, "figures are those of one's own workspaces"
    assert ("slack:T2:C9" in shown) == person.whole


async def test_whoever_may_read_no_texts_is_told_why(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    looking(monkeypatch, READER)
    await recorded(core, "lunch", "not_found")
    async with client_of(core) as client:
        page = await text_of(client)
    assert "Only administrators may read the texts" in page
    assert "Not in the documents: 1. Their texts are not for you" in page


async def test_trouble_of_the_store_is_told_before_a_file_begins(core: Core, client: httpx.AsyncClient) -> None:
    async def away(*_: object, **__: object) -> None:
        raise Unavailable("store.busy")

    core.store.review.page = away  # type: ignore[method-assign, assignment]
    assert (await client.get(f"{PAGE}/questions.csv")).status_code == 503
