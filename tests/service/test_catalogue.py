"""The list of models, over HTTP and on the command line, from a real registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model import artifact
from model.features import table_hash
from model.registry import Registry
from service import cli
from service.catalogue import list_models
from service.schemas import ModelList
from tests.service.serving_fake import Predictor


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Two versions, the second in use, and one that is damaged."""
    found = Registry(tmp_path / "registry")
    for version in ("v1", "v2", "v3"):
        card = {
            "version": version, "feature_table": table_hash(), "created": f"2024-01-0{version[1]}",
            "figures": {"overall": {"seam_f1": 0.9}}, "threshold": 0.5,
        }  # fmt: skip
        artifact.save({"weights": version}, tmp_path / version, card)
        found.publish(tmp_path / version, version)
    found.promote("v1")
    found.promote("v2")
    (found.path("v3") / "card.json").write_text("{")
    return found


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int | str | None, str, str]:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    out, err = capsys.readouterr()
    return caught.value.code, out, err


def test_the_list_over_http_marks_what_answers_and_what_is_broken(registry: Registry) -> None:
    rows = list_models(registry.root, Predictor("v2"))
    listed = {one.version: one for one in ModelList.model_validate({"models": rows}).models}
    assert [version for version, one in listed.items() if one.champion] == ["v2"]
    assert listed["v1"].figures["overall"]["seam_f1"] == 0.9
    assert listed["v3"].error
    assert listed["v1"].error is None


def test_a_model_that_is_not_of_the_registry_is_listed_too(registry: Registry) -> None:
    rows = list_models(registry.root, Predictor("shipped-1"))
    assert (rows[0]["version"], rows[0]["champion"]) == ("shipped-1", True)
    assert len(rows) == 4


def test_the_command_line_lists_promotes_and_rolls_back(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    option = ("--registry", str(registry.root))
    code, out, _ = run(capsys, "models", "list", *option)
    assert code == 0
    assert [line[:4] for line in out.splitlines() if line.startswith("*")] == ["* v2"]
    rows = [
        json.loads(line)
        for line in run(capsys, "models", "list", "--json", *option)[1].splitlines()
    ]
    assert {row["version"] for row in rows} == {"v1", "v2", "v3"}
    said = run(capsys, "models", "rollback", *option)[1].splitlines()
    assert said[0] == "v1 is the champion"
    assert "Retraining promotes nothing" in said[1]
    assert registry.champion() == "v1"
    said = run(capsys, "models", "promote", "v2", *option)[1].splitlines()
    assert said == ["v2 is the champion", "Retraining may promote again."]
    assert registry.champion() == "v2"
    assert run(capsys, "models", "promote", "default", *option)[1] == "default is the champion\n"
    assert registry.champion() is None


def test_a_damaged_version_is_not_promoted(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "models", "promote", "v3", "--registry", str(registry.root))
    assert code == 1
    assert "card.json" in err
    assert registry.champion() == "v2"


def test_a_version_of_another_feature_table_is_not_promoted(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artifact.save({}, tmp_path / "v9", {"version": "v9", "feature_table": "another"})
    registry.publish(tmp_path / "v9", "v9")
    code, _, err = run(capsys, "models", "promote", "v9", "--registry", str(registry.root))
    assert code == 1
    assert "feature table" in err
