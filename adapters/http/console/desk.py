"""All of the console under one path."""

import asyncio

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from adapters.http.console import asking, entering, shelf, wellness
from adapters.http.console.pages import FOLDER

PATH = "/console"


def add_console(app: FastAPI, *, token: str | None) -> None:
    """Serves the console; whoever has no token here signs in with it there."""
    app.state.token = token
    app.state.wrong_tokens = asyncio.Semaphore(entering.ATTEMPTS)
    console = APIRouter(prefix=PATH)
    for router in (entering.router, asking.router, shelf.router, wellness.router):
        console.include_router(router)
    app.mount(f"{PATH}/static", StaticFiles(directory=FOLDER / "static"), name="static")
    app.include_router(console, include_in_schema=False)
