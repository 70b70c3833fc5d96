"""The examples for other engines, held against what the model gives, without these engines."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from model.stories import Boundary, Story

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SPARK = {
    "int": "bigint",
    "bool": "boolean",
    "float": "double",
    "str": "string",
    "str | None": "string",
}


def constant(example: str, name: str) -> str:
    """What an example assigns to a name; the example is not imported, so that it needs nothing."""
    tree = ast.parse((EXAMPLES / example).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == [name]:
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"{example} has no {name}")


def columns(kind: Any) -> dict[str, str]:
    """Spark's type of each field; evidence stays out, as the example deletes it."""
    return {f.name: SPARK[str(f.type)] for f in fields(kind) if f.name != "evidence"}


def test_the_spark_row_has_the_fields_of_stories_and_seams() -> None:
    row = " ".join(constant("spark_pandas_udf.py", "ROW").split())
    found = {
        name: dict(field.split(": ") for field in struct.split(", "))
        for name, struct in re.findall(r"(\w+) array<struct<([^>]*)>>", row)
    }
    assert found == {"stories": columns(Story), "seams": columns(Boundary)}
