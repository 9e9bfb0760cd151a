"""The documents in the console: added, found, shown, given to other readers and forgotten."""

import html
import re

import httpx
import pytest

from core.errors import Refused
from core.refresh import GONE
from tests.fakes.saseo import Core
from tests.integration.consoles import LEAVE, TEAM, client, core, proof

__all__ = ["client", "core"]


async def test_files_and_links_are_added_or_refused_with_a_reason(core: Core, client: httpx.AsyncClient) -> None:
    headers = {**await proof(client), "Accept": "*/*"}
    core.web.pages["https://wiki.example/page"] = LEAVE.encode()
    file = {"file": ("folder/hand.txt", LEAVE.encode(), "text/plain")}
    taken = await client.post("/console/documents/upload", files=file, data={"scope": str(TEAM)}, headers=headers)
    assert taken.json() | {"id": ""} == {"id": "", "title": "hand.txt", "passages": 1, "changed": True}
    found = await core.store.catalogue.find(taken.json()["id"])
    assert found is not None
    assert found.scope == TEAM
    link = await client.post("/console/documents/links", json={"url": "https://wiki.example/page"}, headers=headers)
    assert link.json()["passages"] == 1
    empty = await client.post("/console/documents/upload", files={"file": ("a.txt", b"")}, headers=headers)
    assert "a.txt" in empty.json()["refused"]
    large = {"file": ("b.txt", b"x" * (1024 * 1024 + 1))}
    refused = await client.post("/console/documents/upload", files=large, headers=headers)
    assert "b.txt" in refused.json()["refused"]
    unknown = await client.post("/console/documents/links", json={"url": "https://wiki.example/none"}, headers=headers)
    assert "https://wiki.example/none" in unknown.json()["refused"]


async def test_the_documents_are_listed_and_found(core: Core, client: httpx.AsyncClient) -> None:
    assert "no documents yet" in (await client.get("/console/documents")).text
    await core.library.add_text(LEAVE, title="Handbook <1>", origin="api:1")
    await core.library.add_text(LEAVE, title="Secret plans", origin="upload:2", scope=TEAM)
    whole = (await client.get("/console/documents")).text
    assert "2 documents" in whole
    assert "Handbook &lt;1&gt;" in whole
    for query, title in (
        ("q=plans", "Secret"),
        (f"scope={TEAM}", "Secret"),
        ("origin=api", "Handbook"),
        ("state=ready&q=hand", "Handbook"),
    ):
        shown = (await client.get(f"/console/documents?{query}")).text
        assert title in shown
        assert "1 document<" in shown
    assert "No document fits" in (await client.get("/console/documents?state=dead")).text
    assert (await client.get("/console/documents?scope=nonsense")).status_code == 422


async def test_a_long_list_comes_in_pages(
    core: Core, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.http.console.shelf.PAGE", 2)
    for number in range(3):
        await core.library.add_text(f"{LEAVE} {number}", title=f"Part {number}")
    titles: list[str] = []
    path = "/console/documents?q=part"
    for _ in range(2):
        shown = (await client.get(path)).text
        titles += re.findall(r"Part \d", shown)
        further = re.search(r'rel="next" href="([^"]+)"', shown)
        path = f"/console/documents{html.unescape(further[1])}" if further else ""
    assert sorted(titles) == ["Part 0", "Part 1", "Part 2"]
    assert path == ""


async def test_what_went_wrong_comes_first(core: Core, client: httpx.AsyncClient) -> None:
    core.web.pages["https://wiki.example/page"] = LEAVE.encode()
    added = await core.library.add_link("https://wiki.example/page")
    for _ in range(5):
        core.web.pages["https://wiki.example/page"] = Refused(GONE)
        found = await core.store.catalogue.find(added.document.id)
        assert found is not None
        await core.library.refresh(found)
    shown = (await client.get("/console/documents")).text
    assert "These need a look" in shown
    assert shown.index("These need a look") < shown.index("Gone</span>")


async def test_a_document_is_shown_checked_moved_and_forgotten(
    core: Core, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.http.console.shelf.PASSAGES", 1)
    core.web.pages["https://wiki.example/page"] = LEAVE.encode()
    document = (await core.library.add_link("https://wiki.example/page")).document
    path, headers = f"/console/documents/{document.id}", await proof(client)
    assert LEAVE in (await client.get(path)).text
    assert "No passages" in (await client.get(f"{path}?first=5")).text
    core.web.pages["https://wiki.example/page"] = b"They get 30 days now."
    checked = await client.post(f"{path}/refresh", headers=headers)
    assert checked.status_code == 303
    assert "30 days" in (await client.get(path)).text
    preview = await client.get(f"{path}/readers?scope={TEAM}")
    assert "everybody who can reach" in preview.text
    assert str(TEAM) in preview.text
    assert "its readers already" in (await client.get(f"{path}/readers?scope=public")).text
    moved = await client.post(f"{path}/readers", headers=headers, data={"scope": str(TEAM)})
    path = httpx.URL(moved.headers["location"]).path
    assert str(TEAM) in (await client.get(path)).text
    assert "Forget" in (await client.get(f"{path}/forget")).text
    forgotten = await client.post(f"{path}/forget", headers=headers)
    assert forgotten.headers["location"].endswith("/console/documents")
    for again in (
        client.get(path),
        client.post(f"{path}/forget", headers=headers),
        client.post(f"{path}/readers", headers=headers, data={"scope": "public"}),
    ):
        gone = await again
        assert gone.status_code == 404
        assert "did not work" in gone.text
