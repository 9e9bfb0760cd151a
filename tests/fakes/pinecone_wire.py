"""What Pinecone's requests must look like: the SDK's own OpenAPI models, and the documented limits."""

import json
from collections.abc import Mapping
from copy import deepcopy
from importlib import import_module
from typing import Any, cast

from aiohttp import web
from pinecone.config.openapi_configuration import Configuration
from pinecone.core.openapi.db_data import API_VERSION as VERSION
from pinecone.exceptions import PineconeException
from pinecone.openapi_support.model_utils import validate_and_convert_types

from tests.fakes.pinecone_namespace import Wrong

__all__ = ["VERSION", "checked", "checked_vector", "description", "refusal"]

BATCH = 1000
DELETED = 1000
LISTED = 100
REQUEST_BYTES = 2 * 1024 * 1024
RESULT_BYTES = 4 * 1024 * 1024
METADATA_BYTES = 40 * 1024


def checked(model: str, body: Any) -> dict[str, Any]:
    """The body itself. Raises Wrong where the SDK's model of this name does not know it."""
    kind = getattr(import_module("pinecone.core.openapi.db_data.models"), model)
    unknown = set(body) - set(kind.attribute_map.values())
    if unknown:
        raise Wrong(f"unknown fields: {', '.join(sorted(unknown))}")
    try:
        known: Any = Configuration()  # type: ignore[no-untyped-call]
        validate_and_convert_types(  # type: ignore[no-untyped-call]
            deepcopy(body), (kind,), ["body"], True, True, configuration=known
        )
    except (PineconeException, TypeError) as error:
        raise Wrong(str(error)) from error
    return cast("dict[str, Any]", body)


def checked_vector(vector: Mapping[str, Any], dimension: int) -> None:
    """Raises Wrong for a record that Pinecone does not take."""
    values, metadata = vector["values"], vector.get("metadata", {})
    if len(values) != dimension:
        raise Wrong(f"Vector dimension {len(values)} does not match the dimension of the index {dimension}")
    if not any(values):
        raise Wrong("Dense vectors must contain at least one non-zero value")
    if not vector["id"].isascii():
        raise Wrong("Vector ID must be ASCII")
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > METADATA_BYTES:
        raise Wrong("Metadata size exceeds the limit of 40960 bytes per vector")
    for value in metadata.values():
        if not isinstance(value, str | int | float | bool):
            raise Wrong("Metadata value must be a string, number, boolean or list of strings")


def description(name: str, *, dimension: int, metric: str, host: str, ready: bool) -> dict[str, Any]:
    """An index as the control plane tells it; the host has no scheme."""
    return {
        "name": name,
        "metric": metric,
        "dimension": dimension,
        "vector_type": "dense",
        "host": host,
        "deletion_protection": "disabled",
        "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}},
        "status": {"ready": ready, "state": "Ready" if ready else "Initializing"},
    }


def refusal(message: str) -> web.Response:
    """A request that is wrong in itself."""
    return web.json_response({"code": 3, "message": message, "details": []}, status=400)
