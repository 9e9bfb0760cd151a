"""All of the console under one path."""

import asyncio

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from adapters.http.console import (
    arriving,
    asking,
    auditing,
    channelling,
    entering,
    question_files,
    questions,
    shelf,
    wellness,
)
from adapters.http.console.house import House
from adapters.http.console.pages import FOLDER
from adapters.http.console.route import ConsoleRoute

PATH = "/console"
ROUTERS = (
    entering.router,
    arriving.router,
    asking.router,
    shelf.router,
    questions.router,
    question_files.router,
    channelling.router,
    auditing.router,
    wellness.router,
)


def add_console(app: FastAPI, *, house: House) -> None:
    """Serves the console. Every route of it passes the one place where it is looked at who may."""
    app.state.house = house
    app.state.wrong_tokens = asyncio.Semaphore(entering.ATTEMPTS)
    app.state.arriving = asyncio.Semaphore(arriving.AT_ONCE)
    console = APIRouter(prefix=PATH)
    for router in ROUTERS:
        if not all(isinstance(route, ConsoleRoute) for route in router.routes):
            raise TypeError("a route of the console that lets everybody in")
        console.include_router(router)
    app.mount(f"{PATH}/static", StaticFiles(directory=FOLDER / "static"), name="static")
    app.include_router(console, include_in_schema=False)
