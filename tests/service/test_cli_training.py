"""`storyseam retrain` and `evaluate`: options, exit codes, logs and reports."""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from model.errors import RegistryBusy, StoryseamError
from service import cli
from training.corrections import Correction, CorrectionStore
from training.labelled import LabelledPage


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STORYSEAM_REGISTRY", "STORYSEAM_MODEL", "STORYSEAM_CORRECTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "dumb")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a retraining was asked for; it promotes at once."""
    found: dict[str, Any] = {"promoted": True, "failed": (), "noticed": ()}

    def stand_in(articles: list[Path], registry: Path, **given: Any) -> SimpleNamespace:
        found.update(given, articles=articles, registry=registry)
        if given["corrections"] is not None:
            found["learned"] = [page.starts for page in given["corrections"].pages()]
        if given["progress"] is not None:
            given["progress"]("fitting", 1, 2)
        if given["log"] is not None:
            given["log"]({"stage": "fit", "seconds": 1.0})
        return SimpleNamespace(
            promoted=found["promoted"], reason="figures", challenger="v2", champion="v1",
            challenger_report="new", champion_report="old", verdict="verdict",
            failed=found["failed"], noticed=found["noticed"],
        )  # fmt: skip

    monkeypatch.setattr("training.retrain.retrain", stand_in)
    return found


@pytest.mark.parametrize(("promoted", "code"), [(True, 0), (False, 3)])
def test_retrain_says_by_its_exit_code_what_the_gate_decided(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str], promoted: bool, code: int
) -> None:
    asked["promoted"] = promoted
    assert run("retrain", "--articles", "a", "--registry", "r") == code
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"{'promoted' if promoted else 'refused'} v2: figures", "the champion is v1"
    ]  # fmt: skip
    # For people, a line a stage; no JSON.
    assert err.split()[-1] == "fitting"


@pytest.mark.parametrize("as_json", [True, False])
def test_what_the_job_noticed_is_told_where_no_log_tells_it(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    asked["noticed"] = ("the champion would not load",)
    assert run("retrain", "--articles", "a", "--registry", "r", *["--log-json"] * as_json) == 0
    told = "storyseam: the champion would not load\n" in capsys.readouterr().err
    assert told is not as_json


def test_options_reach_the_job(asked: dict[str, Any]) -> None:
    words = (
        "--articles a b --registry r --seed 7 --pages p --real d --lower-floors held-out --floors f"
    )
    assert run("retrain", *words.split()) == 0
    assert (asked["articles"], asked["registry"]) == ([Path("a"), Path("b")], Path("r"))
    assert (asked["seed"], asked["pages"], asked["real"]) == (7, [Path("p")], Path("d"))
    assert (asked["lower_floors"], asked["corrections"]) == ("held-out", None)
    assert (asked["floors"], asked["curve"]) == (Path("f"), ())


def test_a_retraining_runs_on_the_cluster_that_is_named(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[str | None] = []

    @contextmanager
    def on_cluster(address: str | None) -> Iterator[None]:
        inside.append(address)
        yield
        assert asked["articles"] == [Path("a")], "the job ran in here"

    monkeypatch.setattr("training.cluster.on_cluster", on_cluster)
    words = "--articles a --registry r --dask tcp://127.0.0.1:8786"
    assert run("retrain", *words.split()) == 0
    assert inside == ["tcp://127.0.0.1:8786"]
    monkeypatch.undo()
    assert run("retrain", "--articles", "a", "--registry", "r", "--dask", "nowhere") == 1


@pytest.mark.parametrize("wanted", [False, True])
def test_training_draws_a_learning_curve_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    plans: list[Any] = []

    def stand_in(articles: list[Path], out: Path, **given: Any) -> Any:
        plans.append(given["plan"])
        raise StoryseamError("enough")

    monkeypatch.setattr("training.train.train", stand_in)
    words = ["train", "--articles", "a", "--out", "m", *["--learning-curve"][: int(wanted)]]
    assert run(*words) == 1
    assert plans[0].curve == ((0.125, 0.25, 0.5) if wanted else ())
    assert plans[0].pages > 1000


def test_a_log_in_json_is_nothing_but_json(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("retrain", "--articles", "a", "--registry", "r", "--log-json") == 0
    assert [json.loads(line)["stage"] for line in capsys.readouterr().err.splitlines()] == ["fit"]


def test_so_it_is_where_the_job_warns_and_fails(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stand_in(articles: list[Path], registry: Path, **given: Any) -> Any:
        logging.getLogger("training.sources").warning("a.jsonl: %d bad rows skipped", 2)
        warnings.warn("of some library", stacklevel=1)
        raise RegistryBusy("process 7")

    monkeypatch.setattr("training.retrain.retrain", stand_in)
    assert run("retrain", "--articles", "a", "--registry", "r", "--log-json") == 1
    rows = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert rows[0]["message"] == "a.jsonl: 2 bad rows skipped"
    assert "of some library" in rows[1]["message"]
    assert rows[2]["stage"] == "job"
    assert "in use by process 7" in rows[2]["error"]
    assert len(rows) == 3


@pytest.mark.parametrize(
    "words", ["--registry r --lower-floors=", "--registry r --corrections mysql://x/y", ""]
)
def test_and_where_it_does_not_even_begin(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str], words: str
) -> None:
    assert run("retrain", "--articles", "a", "--log-json", *words.split()) == 1
    (row,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert row["stage"] == "job"
    assert row["error"]


@pytest.mark.parametrize("by", ["option", "environment"])
def test_corrections_are_learned_from(
    asked: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    url = f"sqlite:///{tmp_path / 'c.db'}"
    store = CorrectionStore(url)
    store.add(Correction(LabelledPage("p", "A\nb\nC\nd", [0, 4])))
    store.close()
    words = ["retrain", "--articles", "a", "--registry", "r"]
    if by == "option":
        words += ["--corrections", url]
    else:
        monkeypatch.setenv("STORYSEAM_CORRECTIONS", url)
    assert run(*words) == 0
    assert asked["learned"] == [[0, 4]]


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--corrections", "postgresql://desk:hush-hush@127.0.0.1:9/c", "cannot be read"),
        ("--corrections", "mysql://desk:hush-hush@127.0.0.1/c", "sqlite:///FILE"),
        ("--corrections", "sqlite:///:memory:", "sqlite:///FILE"),
        ("--corrections", "sqlite:///nowhere/at/all.db", "no database of corrections at"),
        ("--lower-floors", " ", "needs a reason"),
        ("--report", "nowhere/at/all.html", "no folder"),
        ("--report", ".", "name a file in it"),
        ("--report", "/proc/report.html", "let this job write to the folder"),
    ],
)
def test_what_cannot_work_fails_before_the_job(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str], option: str, value: str, says: str
) -> None:
    pytest.importorskip("matplotlib")
    assert run("retrain", "--articles", "a", "--registry", "r", option, value) == 1
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
    assert "hush" not in err
    assert "articles" not in asked


def test_a_report_without_matplotlib_names_the_extra(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run("retrain", "--articles", "a", "--registry", "r", "--report", "r.html") == 1
    assert "storyseam[report]" in capsys.readouterr().err


def test_a_refusal_is_reported_as_well(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    written: list[Any] = []
    monkeypatch.setattr("training.report.write_report", lambda *a, **k: written.append((a, k)))
    asked["promoted"] = False
    target = tmp_path / "r.html"
    assert run("retrain", "--articles", "a", "--registry", "r", "--report", str(target)) == 3
    assert written == [(("new", target), {"champion": "old", "verdict": "verdict"})]


@pytest.mark.parametrize(("promoted", "code"), [(True, 0), (False, 3)])
@pytest.mark.parametrize("as_json", [True, False])
def test_what_fails_after_the_decision_is_told_and_the_exit_code_stays(
    asked: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    promoted: bool,
    code: int,
    as_json: bool,
) -> None:
    """The report's disk is full, the database hangs up: the champion is what it is."""
    pytest.importorskip("matplotlib")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("training.report.write_report", fail)
    monkeypatch.setattr(CorrectionStore, "close", fail)
    asked |= {"promoted": promoted, "failed": ("prune: away",)}
    words = ["retrain", "--articles", "a", "--registry", "r", "--report", str(tmp_path / "r.html")]
    url = f"sqlite:///{tmp_path / 'c.db'}"
    CorrectionStore(url).engine.dispose()
    assert run(*words, "--corrections", url, *["--log-json"] * as_json) == code
    out, err = capsys.readouterr()
    assert out.endswith("the champion is v1\n")
    if as_json:
        failed = {row["stage"] for row in map(json.loads, err.splitlines()) if "error" in row}
        # What the job itself could not do is in its own log.
        assert failed == {"close", "report"}
    else:
        told = [line for line in err.splitlines() if line.startswith("storyseam: ")]
        assert len(told) == 3
        assert "prune: away" in told[0]
        assert all("No space left" in line for line in told[1:])


def test_evaluate_writes_a_report_beside_its_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    found = SimpleNamespace(to_dict=lambda: {"pages": 3}, table=lambda: "the figures")
    stand_in = SimpleNamespace(evaluate_files=lambda pages, model: found)
    monkeypatch.setitem(sys.modules, "training.evaluate", stand_in)
    written: list[Any] = []
    stand_in_report = SimpleNamespace(write_report=lambda *given: written.append(given))
    monkeypatch.setitem(sys.modules, "training.report", stand_in_report)
    target = tmp_path / "r.html"
    assert run("evaluate", "p.jsonl", "--report", str(target), "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"pages": 3}
    assert written == [(found, target)]


@pytest.mark.parametrize("count", [0, 3])
def test_evaluate_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], count: int
) -> None:
    """Which can be read once, though its pages are used twice."""
    page = LabelledPage("p", "Quay opens\nBody.\nGoats win\nBody.", [0, 17])
    data = "".join(f"{page.to_json()}\n" for _ in range(count)).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert run("evaluate", "-", "--json") == (0 if count else 1)
    out, err = capsys.readouterr()
    if count:
        assert json.loads(out)["pages"] == count
    else:
        assert "no pages to evaluate on" in err
        assert err.count("\n") == 1
