"""Processes that share every store stand side by side in one data directory; others have it to themselves."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot import place as place_module
from bot.lock import Holder, hold
from bot.place import hold_all, hold_place, running
from bot.settings import Settings
from core.errors import Refused

SHARED = {
    "redis_url": "redis://localhost",
    "database_url": "postgresql://localhost/saseo",
    "chroma_url": "http://localhost:8000",
}


def settings(folder: Path, **values: str) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **values)  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize("missing", SHARED)
def test_with_a_store_of_its_own_a_process_has_the_directory_alone(missing: str, tmp_path: Path) -> None:
    alone = settings(tmp_path, **{name: value for name, value in SHARED.items() if name != missing})
    with hold_place(alone) as place:
        assert place == tmp_path
        with pytest.raises(Refused) as refused, hold_place(alone):
            pass
    assert refused.value.code == "run.held"


def test_faiss_is_never_shared_and_pinecone_is(tmp_path: Path) -> None:
    assert not settings(tmp_path, **SHARED, vectorstore_type="faiss").shares_stores
    pinecone = {"vectorstore_type": "pinecone", "pinecone_api_key": "key", "pinecone_index": "saseo"}
    named = {name: value for name, value in SHARED.items() if name != "chroma_url"}
    assert settings(tmp_path, **named, **pinecone).shares_stores


def test_processes_that_share_their_stores_take_the_first_free_place(tmp_path: Path) -> None:
    shared = settings(tmp_path, **SHARED)
    with hold_place(shared) as first:
        with hold_place(shared) as second:
            assert (first, second) == (tmp_path / "process-1", tmp_path / "process-2")
        with ExitStack() as stack:
            assert stack.enter_context(hold_place(shared)) == second


def test_more_processes_than_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_module, "MOST", 1)
    shared = settings(tmp_path, **SHARED)
    with hold_place(shared), pytest.raises(Refused) as refused, hold_place(shared):
        pass
    assert refused.value.code == "run.no_place"


def test_a_place_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "process-1").touch()
    with pytest.raises(Refused) as refused, hold_place(settings(tmp_path, **SHARED)):
        pass
    assert refused.value.code == "run.data_directory"


def test_nobody_comes_beside_a_process_that_has_the_directory_to_itself(tmp_path: Path) -> None:
    with hold(tmp_path), pytest.raises(Refused) as refused, hold_place(settings(tmp_path, **SHARED)):
        pass
    assert refused.value.code == "run.held"


def test_the_whole_directory_is_had_by_one_alone(tmp_path: Path) -> None:
    shared = settings(tmp_path, **SHARED)
    with hold_place(shared), pytest.raises(Refused), hold_all(shared):
        pass
    with hold_all(shared) as place:
        assert place == tmp_path / "process-1"
        with pytest.raises(Refused), hold_place(shared):
            pass
    with hold_all(settings(tmp_path)) as place:
        assert place == tmp_path


def test_of_several_processes_the_one_with_an_api_is_named(tmp_path: Path) -> None:
    shared = settings(tmp_path, **SHARED)
    assert running(shared) is None
    with hold_place(shared):
        assert running(shared) == Holder(os.getpid(), None)
        with hold_place(shared, url="http://127.0.0.1:1"):
            assert running(shared) == Holder(os.getpid(), "http://127.0.0.1:1")
        assert running(settings(tmp_path)) is None
