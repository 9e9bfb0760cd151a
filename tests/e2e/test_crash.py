"""Killed with -9 at random moments of ingestion: no document half there, none lost, none twice."""

import random
import signal
import threading
from pathlib import Path

import httpx

from tests.e2e.program import Place, Running

ROUNDS = 5
PARAGRAPHS = 30
ABSENT = 0
"""The version of a document that is not there."""


def text_of(name: int, version: int) -> str:
    """A document whose every passage names its version, so that a mixture shows."""
    return "\n\n".join(
        f"Document {name} in version {version}, paragraph {number}: "
        + " ".join(f"word{name}x{version}x{number}x{word}" for word in range(40))
        for number in range(PARAGRAPHS)
    )


class Writer(threading.Thread):
    """Hands documents in, new ones and new versions of old ones, until nobody answers any more.

    `known` holds for each document the versions that may be there.
    """

    def __init__(self, url: str, known: dict[int, set[int]], seed: int) -> None:
        super().__init__()
        self._url = url
        self._known = known
        self._random = random.Random(seed)

    def run(self) -> None:
        with httpx.Client(timeout=60) as client:
            while True:
                name = self._random.randint(0, 7)
                possible = self._known.setdefault(name, {ABSENT})
                version = max(possible) + 1
                document = {"content": text_of(name, version), "id": str(name), "metadata": {"version": version}}
                # From now on either version may be the one that stays.
                possible.add(version)
                try:
                    answer = client.post(f"{self._url}/api/v1/documents/", json={"documents": [document]})
                except httpx.TransportError:
                    return
                assert answer.json()["added_documents"] == 1, answer.text
                self._known[name] = {version}


def check(url: str, known: dict[int, set[int]]) -> None:
    """Every acknowledged document is there once and whole, and the indexes hold nothing else."""
    with httpx.Client(timeout=60) as client:
        listed = client.get(f"{url}/api/v1/documents", params={"limit": 200}).json()["documents"]
        ours = [document for document in listed if document["origin"].startswith("api:")]
        names = [int(document["origin"].removeprefix("api:")) for document in ours]
        assert len(names) == len(set(names))
        acknowledged = {name for name, versions in known.items() if ABSENT not in versions}
        assert acknowledged <= set(names) <= set(known)
        for document in ours:
            name, version = int(document["origin"].removeprefix("api:")), document["metadata"]["version"]
            assert version in known[name]
            known[name] = {version}
            shown = client.get(f"{url}/api/v1/documents/{document['id']}").json()["passages"]
            assert len(shown) == document["passages_count"]
            whole = "\n\n".join(passage["text"] for passage in shown)
            assert "".join(whole.split()) == "".join(text_of(name, version).split())
            asked = {"question": f"word{name}x{version}x7x3 word{name}x{version}x7x9", "k": 50}
            found = client.post(f"{url}/api/v1/documents/search", json=asked).json()["sources"]
            same = [source for source in found if source["metadata"]["document_id"] == document["id"]]
            assert same, "what was taken in is found"
            assert all(f"version {version}," in source["content"] for source in same if "version" in source["content"])
        for name in set(known) - set(names):
            del known[name]
        passages = sum(document["passages_count"] for document in listed)
        index = client.get(f"{url}/api/v1/stats").json()["index"]
        assert index == {"vectors": passages, "lexical": passages}


def test_a_kill_in_the_middle_of_ingestion_leaves_every_document_whole(tmp_path: Path) -> None:
    place = Place(tmp_path)
    known: dict[int, set[int]] = {}
    chance = random.Random(20261122)
    for number in range(ROUNDS):
        with Running(place) as running:
            running.healthy()
            settled(place.url)
            check(place.url, known)
            writer = Writer(place.url, known, number)
            writer.start()
            writer.join(chance.uniform(0.2, 4.0))
            running.end(signal.SIGKILL)
            writer.join()
    with Running(place) as running:
        running.healthy()
        settled(place.url)
        check(place.url, known)
        assert known
        assert running.end() == 0
        assert "Traceback" not in running.logged


def settled(url: str) -> None:
    """Returns once the guide is read, which a question about nothing waits for."""
    asked = {"message": "Who was the third king of ancient Nubia?"}
    httpx.post(f"{url}/api/v1/chat/", json=asked, timeout=60).raise_for_status()
