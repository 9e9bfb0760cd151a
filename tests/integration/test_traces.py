"""Traces reach a real receiver over OTLP, and where nobody wants them there is nothing of them."""

import contextvars
import subprocess
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
import structlog
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from bot import tracing
from bot.metrics import PrometheusRecorder
from bot.tracing import open_spans
from core.errors import Refused
from core.measuring import measured
from tests.ports import free_port

ROOT = Path(__file__).parents[2]


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps the spans that it is sent, and the resource that they are of."""

    def __init__(self) -> None:
        self.spans: Queue[Any] = Queue()
        self.resource: dict[str, str] = {}

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name that gRPC calls
        for resource in request.resource_spans:
            self.resource |= {pair.key: pair.value.string_value for pair in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.put(span)
        return trace_service_pb2.ExportTraceServiceResponse()

    def received(self) -> dict[str, Any]:
        """Every span by its name."""
        return {span.name: span for span in list(self.spans.queue)}


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    kept = Receiver()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(kept, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield kept, f"http://127.0.0.1:{port}"
    server.stop(None).wait()


async def test_stages_are_spans_within_the_question_and_say_nothing_of_what_was_asked(
    receiver: tuple[Receiver, str],
) -> None:
    kept, endpoint = receiver
    with structlog.contextvars.bound_contextvars(request_id="17"):
        async with open_spans(endpoint, version="1.2.3") as spans:
            recorder = PrometheusRecorder(spans)
            with recorder.span("question", platform="slack"), measured(recorder, "retrieve"):
                pass
            with pytest.raises(Refused), measured(recorder, "claim"):
                raise Refused("chat.empty")
            with pytest.raises(KeyError), measured(recorder, "evidence"):
                raise KeyError("what somebody wrote")
    found = kept.received()
    assert found["retrieve"].parent_span_id == found["question"].span_id
    assert found["retrieve"].trace_id == found["question"].trace_id
    assert found["claim"].trace_id != found["question"].trace_id
    assert {pair.key: pair.value.string_value for pair in found["question"].attributes} == {
        "platform": "slack",
        "request_id": "17",
    }
    assert (found["claim"].status.message, found["evidence"].status.message) == ("chat.empty", "KeyError")
    assert "somebody" not in str(found["evidence"])
    assert kept.resource["service.name"] == "saseo"
    assert kept.resource["service.version"] == "1.2.3"


async def test_a_span_that_is_held_over_a_yield_may_end_in_another_context(receiver: tuple[Receiver, str]) -> None:
    kept, endpoint = receiver
    async with open_spans(endpoint, version="1") as spans:
        recorder = PrometheusRecorder(spans)

        def pieces() -> Generator[str, None, None]:
            with measured(recorder, "model"):
                yield "one"
                yield "two"

        generator = pieces()
        contextvars.copy_context().run(next, generator)
        generator.close()
        with measured(recorder, "deliver"):
            pass
    assert kept.received()["deliver"].trace_id != kept.received()["model"].trace_id


async def test_a_receiver_that_is_away_harms_nothing_and_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "FLUSH_SECONDS", 0.2)
    async with open_spans(f"http://127.0.0.1:{free_port()}", version="1") as spans:
        with measured(PrometheusRecorder(spans), "retrieve"):
            pass


def test_without_an_endpoint_nothing_of_opentelemetry_is_loaded() -> None:
    code = """
import asyncio, sys
from bot.tracing import open_spans
async def main():
    async with open_spans(None, version="1") as spans:
        with spans("question", {}):
            print(sorted(name for name in sys.modules if name.startswith(("opentelemetry", "grpc"))))
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
