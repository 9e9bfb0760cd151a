"""The health and the figures of a process alone, on a port of their own."""

from fastapi import FastAPI

from adapters.http.guard import Guarded
from adapters.http.system_routes import watched
from core.saseo import Saseo


def create_watched_app(saseo: Saseo, *, token: str | None) -> FastAPI:
    """An application with nothing but these routes; the figures ask for the token, where there is one."""
    app = FastAPI(title="Saseo", openapi_url=None)
    app.state.saseo = saseo
    app.include_router(watched)
    if token is not None:
        app.add_middleware(Guarded, token=token)
    return app
