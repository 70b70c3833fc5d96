"""`storyseam models`: what it says of the registry, and of a rollback that retraining heeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from model import artifact
from model.features import table_hash
from model.registry import Registry
from service import cli


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = Registry(tmp_path / "registry")
    for version in ("v1", "v2"):
        card = {"version": version, "feature_table": table_hash()}
        artifact.save(version, tmp_path / version, card)
        made.publish(tmp_path / version, version)
        made.promote(version)
    return made


def test_a_rollback_is_told_by_every_command_until_it_is_over(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> str:
        with pytest.raises(SystemExit) as caught:
            cli.main(["models", *words, "--registry", str(registry.root)])
        out, err = capsys.readouterr()
        assert (caught.value.code, err) == (0, "")
        return out

    assert "* v2" in run("list")
    assert run("promote", "v2") == "v2 is the champion\n"
    out = run("rollback")
    assert out.startswith("v1 is the champion\n")
    assert "Retraining promotes nothing by itself" in out
    assert "v2 was taken back" in run("list")
    assert "taken back" not in run("list", "--json"), "an object a version and nothing else"
    assert run("promote", "v1") == "v1 is the champion\nRetraining may promote again.\n"
    assert "taken back" not in run("list")
    assert registry.history() == ["v1", "default"]
