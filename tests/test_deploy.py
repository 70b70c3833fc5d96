"""Compose file and Kubernetes manifests: whole, hardened, and true of this code.

Manifests are held against Kubernetes' own schemas, from a package and without a network, and
against what no schema can know: that what one part names, another one has.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from service.server import _DRAIN_SECONDS
from service.settings import PREFIX, Settings
from tests.service.serving_fake import client

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))

VERSIONS = {
    "CronJob": "batch/v1",
    "Deployment": "apps/v1",
    "PersistentVolumeClaim": "v1",
    "PodDisruptionBudget": "policy/v1",
    "Service": "v1",
    "ServiceAccount": "v1",
}


# The oldest that is still patched when this was written, and the newest that the package knows.
KUBERNETES = ("1.34", "1.37")


def manifests() -> list[dict[str, Any]]:
    return [
        document
        for path in FILES
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]


def manifest(kind: str) -> dict[str, Any]:
    (found,) = [each for each in manifests() if each["kind"] == kind]
    return found


def pods() -> Iterator[Any]:
    deployment, job = manifest("Deployment"), manifest("CronJob")
    yield pytest.param(deployment["spec"]["template"]["spec"], id="service")
    yield pytest.param(job["spec"]["jobTemplate"]["spec"]["template"]["spec"], id="retraining")


def options_of_retrain() -> set[str]:
    from typer.main import get_command

    from service.cli import app

    command: Any = get_command(app)
    return {word for option in command.commands["retrain"].params for word in option.opts}


def test_every_manifest_has_a_kind_of_a_stable_api_and_a_name_of_its_own() -> None:
    found = manifests()
    assert {each["kind"]: each["apiVersion"] for each in found} == VERSIONS
    names = [(each["kind"], each["metadata"]["name"]) for each in found]
    assert len(names) == len(set(names))
    for _, name in names:
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name)


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("document", manifests(), ids=lambda each: each["kind"])
def test_manifests_are_of_kubernetes_schemas(document: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(document, version, strict=True)


def test_a_mistyped_field_does_not_pass() -> None:
    wrong = copy.deepcopy(manifest("Deployment"))
    wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readinesProbe"):
        kubernetes_validate.validate(wrong, KUBERNETES[-1], strict=True)


def test_selectors_find_the_pods_of_the_deployment() -> None:
    spec = manifest("Deployment")["spec"]
    labels = spec["template"]["metadata"]["labels"].items()
    for selector in (
        spec["selector"]["matchLabels"],
        manifest("Service")["spec"]["selector"],
        manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ):
        assert selector
        assert selector.items() <= labels
    assert manifest("PodDisruptionBudget")["spec"]["minAvailable"] < spec["replicas"]


def test_probes_ask_endpoints_that_there_are_and_requests_end_before_the_pod() -> None:
    pod = manifest("Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    environment = {each["name"]: each.get("value") for each in container["env"]}
    assert environment["STORYSEAM_BIND"] == f"0.0.0.0:{ports['http']}"
    http = client()
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = container[name]["httpGet"]
        assert probe["port"] in ports
        assert http.get(probe["path"]).status_code == 200
    # A restart mends no registry: liveness must not hang on the model.
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    (target,) = manifest("Service")["spec"]["ports"]
    assert target["targetPort"] in ports
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > pause + _DRAIN_SECONDS
    mounts = {each["mountPath"]: each for each in container["volumeMounts"]}
    assert mounts[str(Path(environment["STORYSEAM_KEYS"]).parent)]["readOnly"] is True


@pytest.mark.parametrize("pod", list(pods()))
def test_pods_are_hardened_and_whole(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"USER {pod['securityContext']['runAsUser']}\n" in dockerfile
    assert pod["automountServiceAccountToken"] is False
    assert pod["serviceAccountName"] == manifest("ServiceAccount")["metadata"]["name"]
    (container,) = pod["containers"]
    guard = container["securityContext"]
    assert guard["readOnlyRootFilesystem"] is True
    assert guard["allowPrivilegeEscalation"] is False
    assert guard["capabilities"] == {"drop": ["ALL"]}
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert container["image"] == f"storyseam:{project['version']}"
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    claims = {
        each["metadata"]["name"] for each in manifests() if each["kind"] == "PersistentVolumeClaim"
    }
    for volume in volumes.values():
        if claim := volume.get("persistentVolumeClaim"):
            assert claim["claimName"] in claims
    for variable in container["env"]:
        assert variable["name"].removeprefix(PREFIX).lower() in Settings.model_fields
        if "valueFrom" in variable:
            assert variable["valueFrom"]["secretKeyRef"]["key"] in {"corrections"}


def test_only_the_job_writes_to_the_registry_and_one_at_a_time() -> None:
    def writable(pod: dict[str, Any]) -> bool:
        mounts = {mount["mountPath"]: mount for mount in pod["containers"][0]["volumeMounts"]}
        return not mounts["/registry"].get("readOnly", False)

    job = manifest("CronJob")["spec"]
    assert not writable(manifest("Deployment")["spec"]["template"]["spec"])
    assert writable(job["jobTemplate"]["spec"]["template"]["spec"])
    assert job["concurrencyPolicy"] == "Forbid"
    assert re.fullmatch(r"\d+ \d+ \* \* \*", job["schedule"]), "nightly"
    services = COMPOSE["services"]
    assert "registry:/registry:ro" in services["service"]["volumes"]
    assert "registry:/registry" in services["retraining"]["volumes"]


def test_a_refusal_of_the_gate_is_not_tried_again() -> None:
    from service.cli_training import REFUSED

    job = manifest("CronJob")["spec"]["jobTemplate"]["spec"]
    rule = job["podFailurePolicy"]["rules"][0]
    (container,) = job["template"]["spec"]["containers"]
    assert rule["onExitCodes"]["values"] == [REFUSED]
    assert rule["onExitCodes"]["containerName"] == container["name"]
    # The API refuses a policy with any other.
    assert job["template"]["spec"]["restartPolicy"] == "Never"


def test_the_jobs_use_options_that_there_are() -> None:
    cron = manifest("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    for command in (
        cron["containers"][0]["command"][-1],
        COMPOSE["services"]["retraining"]["command"][-1],
    ):
        (line,) = re.findall(r"storyseam retrain (.+?)(?:\|\||$)", command, re.MULTILINE)
        used = set(re.findall(r"--[a-z-]+", line))
        assert {"--articles", "--log-json"} <= used <= options_of_retrain()


def test_compose_names_only_what_it_has() -> None:
    services, volumes = COMPOSE["services"], set(COMPOSE["volumes"])
    used = set()
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            used |= {source} if source[0] not in "./" else set()
        for variable in service.get("environment", {}):
            if variable.startswith(PREFIX):
                assert variable.removeprefix(PREFIX).lower() in Settings.model_fields
    assert used == volumes
    # Segmenting goes on when the database is away, so it may start before it as well.
    assert "database" not in services["service"]["depends_on"]


def test_compose_opens_nothing_to_others_and_holds_no_password() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name
    for name in ("service", "retraining"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["user"] == "10001:10001"
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert text.count("POSTGRES_PASSWORD:?") == 2
    # What others can reach asks for keys; whoever has the folder of their hashes has no key.
    keys = services["service"]["environment"]["STORYSEAM_KEYS"]
    assert "./keys:/keys:ro" in services["service"]["volumes"]
    assert keys.startswith("/keys/")
    grace = int(services["service"]["stop_grace_period"].removesuffix("s"))
    assert grace > _DRAIN_SECONDS


def test_the_image_has_the_driver_that_the_database_needs() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    pattern = re.search(r"grep -E '([^']+)'", dockerfile)
    assert pattern
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8").splitlines()
    found = {line.partition("==")[0] for line in lock if re.match(pattern[1], line)}
    assert found == {"psycopg", "psycopg-binary"}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in re.findall(r"^COPY (?!--)(.+) \S+$", dockerfile, re.MULTILINE):
        for source in name.split():
            assert f"!{source}" in ignored, source


def test_the_image_carries_no_tests_and_no_pip_and_its_size_can_be_said() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "-name tests -exec rm -r {} +" in dockerfile
    assert "uninstall --yes pip" in dockerfile
    last = dockerfile.rpartition("FROM ")[2]
    assert not re.search(r"\b(apt|pip|gcc|make)\b", last), "build tools in the final stage"
    done = subprocess.run(
        [sys.executable, "deploy/image_size.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    size = float(done.stdout.splitlines()[-1].split()[0])
    assert 150 < size < 400, done.stdout


def test_the_bill_of_materials_names_all_that_is_pinned(tmp_path: Path) -> None:
    out = tmp_path / "sbom.json"
    subprocess.run(
        [
            sys.executable, "-m", "cyclonedx_py", "requirements", "requirements.lock",
            "--pyproject", "pyproject.toml", "--output-reproducible", "-o", str(out),
        ],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    bill = json.loads(out.read_bytes())
    assert bill["metadata"]["component"]["name"] == "storyseam"
    named = {f"{each['name']}=={each['version']}" for each in bill["components"]}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert {line for line in lock if "==" in line} == named


def test_every_package_is_pinned_exactly_and_once() -> None:
    seen: set[str] = set()
    for name in ("requirements.lock", "requirements-dev.lock"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line.startswith(("#", "-r ")):
                continue
            found = re.fullmatch(r"([A-Za-z0-9._-]+)==[A-Za-z0-9.+!]+", line)
            assert found, line
            canonical = re.sub(r"[-_.]+", "-", found[1]).lower()
            assert canonical not in seen, line
            seen.add(canonical)
