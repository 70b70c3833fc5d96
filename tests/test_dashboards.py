"""Dashboard, alert rules and scrape configuration: they ask for what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from service.limits.keys import SCOPES
from service.observability.metrics import Metrics
from tests.service.serving_fake import client

DEPLOY = Path(__file__).parents[1] / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "storyseam.json").read_text())
ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
SCRAPE: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "scrape.yaml").read_text())
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]


def expressions() -> Iterator[Any]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
    for rule in RULES:
        yield pytest.param(rule["expr"], id=rule["alert"])


def names() -> set[str]:
    """Series that Prometheus can have of us."""
    found = set()
    for family in text_string_to_metric_families(Metrics().exposition().decode()):
        suffixes = {
            "counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)
        }[family.type]  # fmt: skip
        found |= {family.name + suffix for suffix in suffixes}
    return found


@pytest.mark.parametrize("expression", list(expressions()))
def test_every_expression_asks_for_what_there_is(expression: str) -> None:
    asked = set(re.findall(r"storyseam_\w+", expression))
    assert asked <= names()
    assert asked or "up{" in expression
    for opening, closing in ("()", "[]", "{}"):
        assert expression.count(opening) == expression.count(closing)


@pytest.mark.parametrize("expression", list(expressions()))
def test_every_label_is_one_that_there_is(expression: str) -> None:
    known = {"instance", "job", "le", "route", "method", "status", "kind", "via", "stage"}
    known |= {"model", "outcome", "group"}
    labels = {
        label
        for match in re.findall(r"\{([^}]*)\}", expression)
        for label in re.findall(r"(\w+)\s*=", match)
    }
    by = {
        label.strip() for match in re.findall(r"by \(([^)]*)\)", expression)
        for label in match.split(",") if label.strip()
    }  # fmt: skip
    assert labels | by <= known


def test_every_kind_of_refusal_that_is_watched_can_happen() -> None:
    from service import errors
    from service.corrections import store as corrections_store
    from service.limits import room

    known = {
        each.kind
        for module in (corrections_store, errors, room)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, errors.Problem)
    }
    watched = {kind for rule in RULES for kind in re.findall(r'kind="([^"]+)"', rule["expr"])}
    assert watched
    assert watched <= known


def test_the_first_of_what_is_watched_is_seen_to_increase() -> None:
    """Prometheus knows no increase of a series that begins with its first event."""
    found = Metrics().exposition().decode()
    watched = {
        f'{name}{{{label}="{value}"}} 0.0'
        for rule in RULES
        for name, label, value in re.findall(
            r'(?:rate|increase)\((storyseam_(?!request)\w+)\{(\w+)="([^"]+)"\}', rule["expr"]
        )
    }
    assert len(watched) >= 4
    assert watched <= set(found.splitlines())
    for outcome in ("confirmed", "changed"):
        assert f'storyseam_corrections_total{{outcome="{outcome}"}} 0.0' in found


def test_faults_are_shown_as_they_are_watched() -> None:
    (rule,) = [rule for rule in RULES if rule["alert"] == "StoryseamFaults"]
    (panel,) = [panel for panel in DASHBOARD["panels"] if panel["title"] == "Faults"]
    shown = " ".join(target["expr"] for target in panel["targets"])
    for name, label in re.findall(r'(storyseam_\w+)\{(\w+="\w+")\}', rule["expr"]):
        assert re.search(rf"{name}\{{[^}}]*{re.escape(label)}", shown), name


def test_drift_is_shown_and_watched_at_the_figure_that_training_says() -> None:
    from training.drift import CHANGED

    (rule,) = [rule for rule in RULES if "storyseam_drift" in rule["expr"]]
    assert rule["expr"].endswith(f"> {CHANGED}")
    (panel,) = [
        panel
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", [])
        if "storyseam_drift" in target["expr"]
    ]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, CHANGED]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_no_alert_waits_for_a_series_that_may_never_be(rule: dict[str, Any]) -> None:
    """Nothing plus something is nothing, and what is not there is not zero either."""
    asked = rule["expr"]
    assert not re.search(r"\)\s*\+\s*sum", asked)
    assert not re.search(r"storyseam_\w+.*==\s*0", asked)


def test_every_alert_says_what_to_do() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_panels_have_numbers_and_places_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_what_is_scraped_is_there_and_alerts_name_its_job() -> None:
    (job,) = SCRAPE["scrape_configs"]
    assert client().get(job.get("metrics_path", "/metrics")).status_code == 200
    assert any(f'job="{job["job_name"]}"' in rule["expr"] for rule in RULES)
    assert SCRAPE["rule_files"] == ["alerts.yaml"]
    text = (DEPLOY / "prometheus" / "scrape.yaml").read_text()
    (scope,) = re.findall(r"--scope (\w+)", text)
    assert scope in SCOPES
