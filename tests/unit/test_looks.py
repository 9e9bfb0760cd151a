"""How checks of documents are noted by the library."""

from core.errors import Refused
from core.looks import UNKEPT, Look
from core.types import now
from tests.fakes.saseo import Core

URL = "https://wiki.example/page"


async def test_each_check_is_noted_with_what_it_found() -> None:
    core = Core()
    core.web.pages[URL] = b"They get 25 days."
    document = (await core.library.add_link(URL)).document
    gone = Refused("fetch.gone")
    for page in (b"They get 25 days.", b"They get 30 days.", gone):
        core.web.pages[URL] = page
        found = await core.store.catalogue.find(document.id)
        assert found is not None
        await core.library.refresh(found)
    failed, changed, unchanged = await core.store.looks.of(document.id)
    assert failed == Look(core.now, "failed", gone.text())
    assert (changed, unchanged) == (Look(core.now, "changed"), Look(core.now, "unchanged"))


async def test_where_nobody_asks_nothing_is_kept() -> None:
    await UNKEPT.note("d1", Look(now(), "changed"))
    assert list(await UNKEPT.of("d1")) == []
