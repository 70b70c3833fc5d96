"""The fuzz run, short; and that it finds what there is to find."""

from __future__ import annotations

import time

import pytest
from flask import Flask, Response

from model.segmenter import DEFAULT
from service.trials.fuzz import Fuzz, fuzz
from service.trials.fuzz_pages import FAMILIES, Input

needs_model = pytest.mark.skipif(
    not (DEFAULT / "model.joblib").exists(), reason="the shipped model is not there yet"
)


@needs_model
def test_fifty_strange_pages_make_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.trials.fuzz._SUSPECTS", 2)
    lines, held, found = fuzz(50, 1, lambda stage, done, total: None)
    assert held, found
    assert f"| inputs | 50: {', '.join(f'10 × {name}' for name in FAMILIES)} |" in lines


def bad(kind: str) -> Fuzz:
    """A run against a service that does one thing wrong."""
    app = Flask("bad")

    @app.post("/v1/segment")
    def segment() -> Response | tuple[str, int]:
        from flask import request

        body = request.get_data()
        if kind == "fault" and b"!" in body:
            return "oops", 500
        if kind == "slow":
            end = time.process_time() + (len(body) / 80_000) ** 2 * 0.5
            while time.process_time() < end:
                pass
        spans = [(0, 9), (5, 9)] if kind == "unsound" else [(0, 9)]
        return app.json.response({"stories": [{"start": a, "end": b} for a, b in spans]})

    run = Fuzz(app.test_client())
    for body in (b"fine", b"not fine!"):
        run.send(Input(body, False), "text")
    return run


def test_a_fault_is_found_with_its_input() -> None:
    run = bad("fault")
    assert not run.report()[1]
    assert "not fine!" in run.faults[0]
    assert "status 500" in run.faults[0]


def test_unsound_spans_are_found() -> None:
    assert "unsound" in bad("unsound").faults[0]


def test_what_grows_faster_than_the_page_is_found() -> None:
    run = bad("slow")
    assert not run.faults
    run.stretch()
    assert run.growth > 10
    assert not run.report()[1]
    run = bad("nothing")
    run.stretch()
    assert run.report()[1]
