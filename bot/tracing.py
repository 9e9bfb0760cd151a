"""Traces for OpenTelemetry, sent over OTLP (gRPC) where an endpoint is set, and not made at all where none is.

They hold the names of stages and how long these took, never what people write.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.metrics import Spans, no_spans
from core.errors import SaseoError

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

NAME = "saseo"
FLUSH_SECONDS = 3.0
"""So long an end waits for the last spans to be taken."""


@asynccontextmanager
async def open_spans(endpoint: str | None, *, version: str) -> AsyncIterator[Spans]:
    """What begins spans. Everything but the endpoint is read from OpenTelemetry's own variables."""
    if endpoint is None:
        yield no_spans
        return
    provider, exporter = await asyncio.to_thread(_provider, endpoint, version)
    try:
        yield partial(_span, provider.get_tracer(NAME, version))
    finally:
        ending = asyncio.create_task(asyncio.to_thread(provider.shutdown))
        sent, _ = await asyncio.wait({ending}, timeout=FLUSH_SECONDS)
        if not sent:
            # Nobody takes the spans: what is tried again and again is broken off.
            exporter.shutdown()
            await ending


def _provider(endpoint: str, version: str) -> "tuple[TracerProvider, OTLPSpanExporter]":
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    own = Resource({"service.name": NAME, "service.version": version})
    # It is shut down with everything else, not behind the interpreter's back.
    provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=endpoint)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider, exporter


@contextmanager
def _span(tracer: "Tracer", name: str, attributes: Mapping[str, str]) -> Iterator[None]:
    from opentelemetry import context, trace

    around = context.get_current()
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    known = {} if request_id is None else {"request_id": str(request_id)}
    span = tracer.start_span(name, attributes={**attributes, **known})
    context.attach(trace.set_span_in_context(span))
    try:
        yield
    except Exception as error:
        # Its text may quote people.
        word = error.code if isinstance(error, SaseoError) else type(error).__name__
        span.set_status(trace.StatusCode.ERROR, word)
        raise
    finally:
        # Attached, not detached: a generator may be closed in another context than the one it began in.
        context.attach(around)
        span.end()
