"""What is published about the configuration is what holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rules.config import SCHEMA, load
from rules.documents import parse

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "configuration.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def keys(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(keys, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*(keys(value) for key, value in schema.items() if key != "examples"))


def test_the_published_schema_is_the_one_that_is_used() -> None:
    published = (DOCS / "schemas" / "contracts.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == SCHEMA


def test_the_schema_is_valid_and_so_are_its_examples() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for example in SCHEMA["examples"]:
        Draft202012Validator(SCHEMA).validate(example)
        load(json.dumps(example), path="contracts.json")


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_the_page_can_be_used_and_fits_the_published_schema(text: str) -> None:
    load(text)
    Draft202012Validator(SCHEMA).validate(parse("contracts.yml", text).value)


def test_every_key_has_an_example_and_a_title() -> None:
    shown = "\n".join(EXAMPLES)
    assert sorted(key for key in keys(SCHEMA) if not re.search(rf"\b{key}:", shown)) == []


def test_every_key_is_described_for_editors() -> None:
    def bare(schema: Any, where: str) -> list[str]:
        if isinstance(schema, list):
            return [one for item in schema for one in bare(item, where)]
        if not isinstance(schema, dict):
            return []
        here = [f"{where}.{key}" for key, one in schema.get("properties", {}).items() if not one.get("description")]
        return here + [
            one for key, value in schema.items() if key != "examples" for one in bare(value, f"{where}.{key}")
        ]

    assert bare(SCHEMA, "") == []


def test_the_defaults_that_the_page_names_are_the_defaults() -> None:
    policy = next(text for text in EXAMPLES if "grace-days" in text)
    (shown,) = load(re.sub(r"zone: \S+", "zone: UTC", policy).partition("      findings:")[0]).contracts
    (plain,) = load("contracts: {orders: {files: schemas/orders.json}}").contracts
    assert shown.policy == plain.policy
