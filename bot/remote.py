"""The desk of a process that already runs: its HTTP API."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import httpx

from bot.desk import File, Page, Taken, read
from bot.settings import Settings
from core.backup import Manifest, read_manifest
from core.errors import Refused, SaseoError, Unavailable
from core.exporting import read_counts
from core.subjects import Subject
from core.types import Answer, Audience, Document, Language, Scope, Source

CONNECT_RETRIES = 5
"""About eight seconds: the process may have taken the data directory and not listen yet."""
WORK_SECONDS = 600.0
"""The longest a file or an answer may take."""
PAGE = 200
SUBJECTS = "/api/v1/subjects"
DOCUMENT_ID = re.compile(r"[0-9a-f]{1,64}")
"""Anything else is no document, and might reach another route."""


@asynccontextmanager
async def open_remote(url: str, settings: Settings, *, locale: Language = "en") -> AsyncIterator["RemoteDesk"]:
    """A desk that talks to the API at this address, with the token of the same settings."""
    headers: dict[str, str] = {"Accept-Language": locale}
    if settings.api_token is not None:
        headers["Authorization"] = f"Bearer {settings.api_token.get_secret_value()}"
    async with httpx.AsyncClient(
        base_url=url,
        headers=headers,
        timeout=httpx.Timeout(WORK_SECONDS, connect=5),
        transport=httpx.AsyncHTTPTransport(retries=CONNECT_RETRIES),
    ) as client:
        yield RemoteDesk(client, limit=settings.max_file_bytes)


class RemoteDesk:
    """Every request as an HTTP call; errors keep the text that the API gave."""

    def __init__(self, client: httpx.AsyncClient, *, limit: int) -> None:
        self._client = client
        self._limit = limit

    async def answer(
        self, text: str, *, conversation: str, audience: Audience, locale: Language
    ) -> AsyncIterator[str | Answer]:
        """From the stream of server-sent events."""
        body = {"message": text, "session_id": conversation, "audience": sorted(map(str, audience.scopes))}
        headers = {"Accept-Language": locale}
        try:
            async with self._client.stream("POST", "/api/v1/chat/stream", json=body, headers=headers) as response:
                if response.is_error:
                    await response.aread()
                    raise _refusal(response)
                sources: tuple[Source, ...] = ()
                async for event, data in _events(response):
                    if event == "delta":
                        yield data["text"]
                    elif event == "sources":
                        sources = tuple(_source(number, row) for number, row in enumerate(data["sources"], start=1))
                    elif event == "error":
                        raise Refused("desk.told", reason=data["detail"])
                    elif event == "done":
                        yield Answer(conversation, data["response"], data["outcome"], sources=sources)
                        return
        except httpx.HTTPError as error:
            raise self._unavailable() from error
        raise self._unavailable()

    async def add_file(self, file: File, *, scope: Scope) -> Taken:
        """Uploads the file."""
        data = await read(file, limit=self._limit)
        rows = await self._call(
            "POST", "/api/v1/documents/upload", files={"files": (file.name, data)}, data={"scope": str(scope)}
        )
        return _taken(rows["results"][0])

    async def add_link(self, url: str, *, scope: Scope) -> Taken:
        """Has the process fetch the link."""
        rows = await self._call("POST", "/api/v1/documents/links", json={"url": url, "scope": str(scope)})
        return _taken(rows["results"][0])

    async def follow(self, url: str, *, scope: Scope, depth: int, most: int) -> AsyncIterator[Page]:
        """Has the process follow them."""
        body = {"url": url, "scope": str(scope), "follow": {"depth": depth, "most": most}}
        rows = (await self._call("POST", "/api/v1/documents/links", json=body))["results"]
        for row in rows:
            if row["document_id"] is not None:
                yield Page(row["name"], len(rows), taken=_taken(row))
            else:
                waiting = row["status"] == "waiting"
                yield Page(
                    row["name"], len(rows), reason=None if waiting else Refused("desk.told", reason=row["detail"])
                )

    async def documents(self) -> AsyncIterator[Document]:
        """A page at a time."""
        after: str | None = None
        while True:
            where = {"limit": str(PAGE)} | ({"after": after} if after else {})
            page = await self._call("GET", "/api/v1/documents", params=where)
            for row in page["documents"]:
                yield _document(row)
            after = page["next"]
            if after is None:
                return

    async def forget(self, document_ids: Sequence[str]) -> Sequence[str]:
        """One after the other."""
        gone = []
        for document_id in filter(DOCUMENT_ID.fullmatch, document_ids):
            response = await self._send("DELETE", _path(document_id))
            if response.status_code == httpx.codes.NOT_FOUND:
                continue
            _check(response)
            gone.append(document_id)
        return gone

    async def refresh(self, document: Document) -> Taken:
        """Has the process check the link."""
        rows = await self._call("POST", f"{_path(document.id)}/refresh")
        return _taken(rows["results"][0])

    async def backup(self, target: Path) -> Manifest:
        """Has the process make a backup, and writes it to a file that is not there yet."""
        async with _written(target, "backup") as file:
            await self._download("/api/v1/backup", file)
            return await asyncio.to_thread(read_manifest, target)

    async def export(self, whose: Subject, target: Path) -> Mapping[str, int]:
        """Has the process hand it over, and writes it to a file that is not there yet."""
        async with _written(target, "subject") as file:
            await self._download(f"{SUBJECTS}/export", file, who=str(whose))
        return await asyncio.to_thread(read_counts, target)

    async def count(self, whose: Subject, *, documents: bool) -> Mapping[str, int]:
        """Has the process count it."""
        told = await self._call("GET", SUBJECTS, params=_subject(whose, documents=documents))
        return dict(told["counts"])

    async def erase(self, whose: Subject, *, documents: bool) -> Mapping[str, int]:
        """Has the process erase it."""
        told = await self._call("DELETE", SUBJECTS, params=_subject(whose, documents=documents))
        return dict(told["counts"])

    async def _download(self, path: str, file: IO[bytes], **where: str) -> None:
        # Nothing comes until it is made, which takes as long as the library is large.
        patient = httpx.Timeout(None, connect=5)
        try:
            async with self._client.stream("GET", path, params=where, timeout=patient) as response:
                if response.is_error:
                    await response.aread()
                    raise _refusal(response)
                async for block in response.aiter_raw():
                    await asyncio.to_thread(file.write, block)
        except httpx.HTTPError as error:
            raise self._unavailable() from error

    async def _call(self, method: str, path: str, **request: Any) -> Any:
        response = await self._send(method, path, **request)
        _check(response)
        try:
            return response.json()
        except ValueError as error:
            raise self._unavailable() from error

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return await self._client.request(method, path, **request)
        except httpx.HTTPError as error:
            raise self._unavailable() from error

    def _unavailable(self) -> Unavailable:
        return Unavailable("desk.unreachable", url=str(self._client.base_url))


@asynccontextmanager
async def _written(target: Path, topic: str) -> AsyncIterator[IO[bytes]]:
    """A new file for its owner alone; what is not whole does not stay. Refuses with texts of a topic."""
    try:
        handle = await asyncio.to_thread(os.open, target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{topic}.exists", path=target) from None
    except OSError as error:
        raise Refused(f"{topic}.unwritten", path=target, reason=error.strerror) from error
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            yield file
    except BaseException:
        await asyncio.shield(asyncio.to_thread(target.unlink))
        raise


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    """Name and data of each server-sent event; the API writes each event's data as one line of JSON."""
    event = ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(":")
        if name == "event":
            event = value.strip()
        elif name == "data":
            yield event, json.loads(value)


def _check(response: httpx.Response) -> None:
    if response.is_error:
        raise _refusal(response)


def _refusal(response: httpx.Response) -> SaseoError:
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return Refused("desk.token")
    try:
        reason = str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        reason = f"HTTP {response.status_code}"
    kind = Unavailable if response.is_server_error else Refused
    return kind("desk.told", reason=reason)


def _subject(whose: Subject, *, documents: bool) -> dict[str, str]:
    return {"who": str(whose), "documents": str(documents).lower()}


def _path(document_id: str) -> str:
    return f"/api/v1/documents/{document_id}"


def _source(number: int, row: Mapping[str, Any]) -> Source:
    metadata = row["metadata"]
    return Source(
        number=number,
        document_id=metadata["document_id"],
        title=metadata["title"],
        excerpt=row["content"],
        url=metadata["url"],
        page=metadata["page"],
        heading=metadata["heading"],
        score=row["score"],
    )


def _taken(row: Mapping[str, Any]) -> Taken:
    if row["status"] == "refused":
        raise Refused("desk.told", reason=row["detail"])
    return Taken(
        row["document_id"], row["name"], row["passages"], changed=row["status"] == "added", error=row["detail"]
    )


def _document(row: Mapping[str, Any]) -> Document:
    checked = row["next_check_at"]
    return Document(
        id=row["id"],
        title=row["title"],
        origin=row["origin"],
        scope=Scope(row["scope"]),
        url=row["url"],
        media_type=row["media_type"],
        state=row["state"],
        passage_count=row["passages_count"],
        metadata=row["metadata"],
        read_at=datetime.fromisoformat(row["read_at"]),
        next_check_at=datetime.fromisoformat(checked) if checked else None,
        failures=row["failures"],
        error=row["last_error"],
    )
