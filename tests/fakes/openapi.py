"""GitHub's own description of its API (OpenAPI 3.0), as far as somebody asks: operations, webhooks, their schemas.

The description comes from npm, see tests/fakes/npm/package.json. An OpenAPI 3.0 schema is one of JSON Schema's draft 4
but for `nullable`, which is rewritten here. Only the schemas that are reached are rewritten and compiled, since the
whole has more than ten thousand of them.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs

Schema = dict[str, Any]
Mode = Literal["closed", "part", "open"]
"""Whether properties that are not declared are refused: here and below, only below (in an `allOf`), or nowhere."""

PACKAGES = Path(__file__).parent / "npm" / "node_modules" / "@octokit"
ADVICE = "to hold the double to GitHub's description, install nodejs and npm, and run make test"
_COMBINING = ("allOf", "anyOf", "oneOf")
_LONGEST = 300


class NoDescription(Exception):  # noqa: N818 named for what is so
    """The npm packages are not here; `make test` fetches them where npm is."""


@dataclass(frozen=True)
class Operation:
    """One operation: its parameters by (place, name), its body's schema, its answers by status."""

    path: str
    parameters: Mapping[tuple[str, str], Schema]
    body: Schema | None
    answers: Mapping[str, Schema]


class Description:
    """One description; validators are compiled when they are first asked for, and kept."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._whole = whole
        self._paths = {_shape(path): (path, methods) for path, methods in whole["paths"].items()}
        hooks = whole.get("x-webhooks", {}).values()
        self._hooks = {hook["post"]["operationId"].replace("-", "_"): hook["post"] for hook in hooks}
        self._operations: dict[tuple[str, str], Operation | None] = {}
        self._validators: dict[tuple[int, bool], tuple[Schema, jsonschema_rs.Validator]] = {}

    @classmethod
    @functools.cache
    def named(cls, name: str = "api.github.com") -> Description:
        """Read the description of github.com, or of an Enterprise Server ("ghes-3.17"); raises NoDescription."""
        try:
            text = (PACKAGES / "openapi" / "generated" / f"{name}.json").read_bytes()
        except OSError as error:
            raise NoDescription(str(error)) from error
        return cls(json.loads(text))

    def operation(self, method: str, path: str) -> Operation | None:
        """Find an operation by its path, whatever the parameters in it are called."""
        key = (method.lower(), _shape(path))
        if key not in self._operations:
            self._operations[key] = self._operation(*key)
        return self._operations[key]

    def _operation(self, method: str, shape: str) -> Operation | None:
        path, methods = self._paths.get(shape, ("", {}))
        if method not in methods:
            return None
        told = methods[method]
        found = [self.resolved(one) for one in (*methods.get("parameters", ()), *told.get("parameters", ()))]
        body = self.resolved(told.get("requestBody", {})).get("content", {}).get("application/json", {}).get("schema")
        answers = {status: self.resolved(answer) for status, answer in told["responses"].items()}
        return Operation(path, {(one["in"], one["name"]): one["schema"] for one in found}, body, answers)

    def webhook(self, event: str, action: str | None) -> Schema | None:
        """Find the schema of a delivery's payload."""
        hook = self._hooks.get(f"{event}/{action}") or self._hooks.get(event)
        return hook["requestBody"]["content"]["application/json"]["schema"] if hook else None

    def events(self, event: str) -> list[str]:
        """Give what is said of each action of an event."""
        return [hook["summary"] for name, hook in self._hooks.items() if name.partition("/")[0] == event]

    def resolved(self, value: Any) -> Any:
        """Follow a reference to another part of the description."""
        while "$ref" in value:
            value = functools.reduce(lambda part, key: part[key], value["$ref"][2:].split("/"), self._whole)
        return value

    def errors(self, schema: Schema, value: Any, *, closed: bool = True) -> Iterator[str]:
        """Say where and how a value is not as the schema has it; closed, no property may be there undeclared."""
        kept = self._validators.get((id(schema), closed))
        if kept is None:
            # the schema is kept beside, so that its id stays its own
            kept = self._validators[id(schema), closed] = (schema, self._compiled(schema, closed))
        for error in kept[1].iter_errors(value):
            place = "".join(f"/{step}" for step in error.instance_path)
            yield f"{place or '/'}: {error.message[:_LONGEST]}"

    def _compiled(self, schema: Schema, closed: bool) -> jsonschema_rs.Validator:
        reached: set[tuple[str, Mode]] = set()
        root = self._rewrite(schema, "closed" if closed else "open", reached)
        definitions: dict[str, Any] = {}
        while reached:
            name, mode = reached.pop()
            if _definition(name, mode) not in definitions:
                definitions[_definition(name, mode)] = self._rewrite(
                    self._whole["components"]["schemas"][name], mode, reached
                )
        return jsonschema_rs.Draft4Validator({"allOf": [root], "definitions": definitions}, validate_formats=True)

    def _rewrite(self, schema: Any, mode: Mode, reached: set[tuple[str, Mode]]) -> Any:
        """Make a draft-4 schema, and note in `reached` what it refers to."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/components/schemas/")
            reached.add((name, mode))
            return {"$ref": f"#/definitions/{_definition(name, mode)}"}
        if [one.get("title") for one in schema.get("allOf", ())] == _EITHER:
            schema = {**{name: value for name, value in schema.items() if name != "allOf"}, "anyOf": schema["allOf"]}
        below: Mode = "open" if mode == "open" else "closed"
        part: Mode = "open" if mode == "open" else "part"
        made = {name: value for name, value in schema.items() if name not in _DROPPED}
        for name in _COMBINING:
            if name in schema:
                each = part if name == "allOf" or "properties" in schema else mode
                made[name] = [self._rewrite(one, each, reached) for one in schema[name]]
        for name in ("items", "additionalProperties"):
            if isinstance(schema.get(name), dict):
                made[name] = self._rewrite(schema[name], below, reached)
        if "properties" in schema:
            made["properties"] = {
                name: self._rewrite(one, below, reached) for name, one in schema["properties"].items()
            }
            if mode == "closed" and not any(name in schema for name in (*_COMBINING, "additionalProperties")):
                made["properties"] |= {forgotten: {} for forgotten in _forgotten(schema.get("title"))}
                made["additionalProperties"] = False
        return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


_DROPPED = frozenset({"nullable", "example", "examples", "description", "title", "discriminator", "deprecated"})
_EITHER = ["Simple User", "Enterprise"]
"""An installation's account, which the list of installations describes as both at once; it is one of them."""


def _forgotten(title: str | None) -> tuple[str, ...]:
    """Name what GitHub sends everywhere, and its description has in some places only."""
    return ("user_view_type", "merge_queues") if title == "App Permissions" else ("user_view_type",)


def _definition(name: str, mode: Mode) -> str:
    return f"{mode}-{name}"


def _shape(path: str) -> str:
    """Give a path without the names of its parameters, in OpenAPI's braces or in a router's brackets."""
    return re.sub(r"\{[^}]*\}|<[^>]*>", "{}", path)
