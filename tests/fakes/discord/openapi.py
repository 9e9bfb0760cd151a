"""Holds every request and every answer against Discord's own description of its API."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs

from tests.corpus import SHARED
from tests.fakes.discord.state import Json

DESCRIPTION = SHARED / "discord_openapi.json"
"""Discord's OpenAPI file; it stands beside the project and is no part of it."""
ROOT = "urn:discord"
UNDESCRIBED = frozenset({"use_nested_fields"})
"""Parameters that Discord takes without a word about them; discord.py sends them."""


def as_strings(body: Any) -> Any:
    """Ids that clients send as numbers, as the strings that the description wants; Discord takes both."""
    if isinstance(body, list):
        return [as_strings(one) for one in body]
    if not isinstance(body, dict):
        return body
    told = {name: as_strings(value) for name, value in body.items()}
    for name, value in told.items():
        if name.endswith("_id") and isinstance(value, int):
            told[name] = str(value)
        elif name in ("attachments", "choices") and isinstance(value, list):
            told[name] = [_with_id(one) for one in value]
        elif name in ("users", "roles", "applied_tags") and isinstance(value, list):
            told[name] = [str(one) for one in value]
    return told


def _with_id(item: Any) -> Any:
    if isinstance(item, dict) and isinstance(item.get("id"), int):
        return item | {"id": str(item["id"])}
    return item


class Description:
    """The validators of each route, made when they are first needed."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self._registry = jsonschema_rs.Registry([(ROOT, document)], draft=jsonschema_rs.Draft202012)
        self._made: dict[str, Any] = {}

    def knows(self, method: str, template: str) -> bool:
        return method.lower() in self.document["paths"].get(template, {})

    def wrong_request(
        self, method: str, template: str, *, body: Any, media_type: str, query: dict[str, str], path: dict[str, str]
    ) -> list[str]:
        """What is wrong with a request, in words; empty when nothing is."""
        place = f"#/paths/{_pointer(template)}/{method.lower()}"
        operation = self.document["paths"][template][method.lower()]
        wrong = self._wrong_parameters(template, operation, query | path)
        schema = operation.get("requestBody", {}).get("content", {})
        if body is None:
            return wrong + (["a body is missing"] if operation.get("requestBody", {}).get("required") else [])
        if media_type not in schema:
            return [*wrong, f"no body of type {media_type!r} is taken"]
        # What comes beside a file is described by the JSON of the same route.
        known = "application/json" if "application/json" in schema else media_type
        return wrong + self._errors(f"{place}/requestBody/content/{_pointer(known)}/schema", as_strings(body))

    def wrong_answer(self, method: str, template: str, *, status: int, body: Any) -> list[str]:
        """What is wrong with an answer; empty when nothing is."""
        responses = self.document["paths"][template][method.lower()]["responses"]
        name = next((one for one in (str(status), f"{status // 100}XX") if one in responses), None)
        if name is None:
            return [f"the status {status} is not described"]
        place = f"#/paths/{_pointer(template)}/{method.lower()}/responses/{name}"
        response = responses[name]
        if "$ref" in response:
            place = response["$ref"]
            response = self.document["components"]["responses"][place.rpartition("/")[2]]
        if isinstance(body, dict) and status >= 400:
            # The description says that the codes of single fields are numbers; Discord sends words.
            body = {name: value for name, value in body.items() if name != "errors"}
        if "content" not in response:
            return [] if body is None else ["a body, where none is described"]
        return self._errors(f"{place}/content/application~1json/schema", body)

    def wrong(self, schema: str, body: Any) -> list[str]:
        """What is wrong with a thing of this schema, e.g. `MessageResponse`."""
        return self._errors(f"#/components/schemas/{schema}", body)

    def _wrong_parameters(self, template: str, operation: Json, values: dict[str, str]) -> list[str]:
        described = [*self.document["paths"][template].get("parameters", []), *operation.get("parameters", [])]
        schemas = {one["name"]: one["schema"] for one in described if "name" in one}
        wrong = [f"no parameter {name!r}" for name in values if name not in schemas.keys() | UNDESCRIBED]
        for name, schema in schemas.items():
            if name in values:
                wrong += [f"{name}: {one}" for one in self._errors_inline(schema, values[name])]
        return wrong

    def _errors_inline(self, schema: Json, text: str) -> list[str]:
        kind = schema.get("type")
        value: Any = text
        if kind == "boolean":
            value = {"1": True, "0": False, "true": True, "false": False}.get(text.lower(), text)
        elif kind == "integer" and re.fullmatch(r"-?\d+", text):
            value = int(text)
        if "$ref" in schema:
            return self._errors(schema["$ref"], value)
        return [one.message for one in jsonschema_rs.Draft202012Validator(schema).iter_errors(value)][:3]

    def _errors(self, reference: str, body: Any) -> list[str]:
        if reference not in self._made:
            schema = {"$ref": f"{ROOT}{reference}"}
            self._made[reference] = jsonschema_rs.Draft202012Validator(schema, registry=self._registry)
        return [_words(one) for one in self._made[reference].iter_errors(body)][:5]


def _words(error: jsonschema_rs.ValidationError) -> str:
    """What is wrong, told of the alternative that fits best where there are several."""
    branches = getattr(error.kind, "context", None)
    if branches and any(branches):
        return _words(min((one for one in branches if one), key=lambda one: (len(one), -len(one[0].instance_path)))[0])
    return f"{'.'.join(map(str, error.instance_path)) or 'body'}: {error.message[-300:]}"


def _pointer(part: str) -> str:
    """A key as a JSON pointer inside a URI fragment writes it."""
    escaped = part.replace("~", "~0").replace("/", "~1")
    return escaped.replace("{", "%7B").replace("}", "%7D")


@cache
def description() -> Description | None:
    """Discord's description, read once; None where it is absent."""
    if not DESCRIPTION.exists():
        return None
    return Description(json.loads(DESCRIPTION.read_bytes()))
