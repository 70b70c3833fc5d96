"""Compose file and Kubernetes manifests: whole, hardened, and true of this code.

Manifests are held against Kubernetes' own schemas, from a package and without a network, and
against what no schema can know: that what one part names, another one has.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from service.limits.guard import _OTHER_LINES
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


def test_a_pod_may_take_what_clients_can_make_it_take() -> None:
    (container,) = manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    limit = container["resources"]["limits"]["memory"]
    settings = Settings()
    lines = settings.max_blocks * (1 + settings.batches) + _OTHER_LINES
    assert int(limit.removesuffix("Gi")) * 2**30 > settings.workers * lines * 7_000 + 400e6


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
    from service.commands.training import REFUSED

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
        assert {"--articles", "--cache", "--floors", "--log-json"} <= used <= options_of_retrain()


def test_nights_share_a_cache_that_only_the_job_mounts() -> None:
    """On a root that is read only, in a volume that outlives the container, owned by the job."""
    job = manifest("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    services = COMPOSE["services"]
    for command in (job["containers"][0]["command"][-1], services["retraining"]["command"][-1]):
        assert "--cache /cache " in command
    mounts = {each["mountPath"]: each for each in job["containers"][0]["volumeMounts"]}
    assert not mounts["/cache"].get("readOnly", False)
    volumes = {volume["name"]: volume for volume in job["volumes"]}
    claim = volumes[mounts["/cache"]["name"]]["persistentVolumeClaim"]["claimName"]
    service = manifest("Deployment")["spec"]["template"]["spec"]["volumes"]
    assert claim not in [each.get("persistentVolumeClaim", {}).get("claimName") for each in service]
    assert "cache:/cache" in services["retraining"]["volumes"]
    assert not [volume for volume in services["service"]["volumes"] if "cache" in volume]
    owner = services["registry-owner"]
    written = {volume.partition(":")[2] for volume in owner["volumes"]}
    assert written == set(owner["command"][2:]) == {"/registry", "/cache", "/scratch"}


def test_gigabytes_of_feature_rows_are_on_a_disk() -> None:
    """In a `tmpfs` they would be memory."""
    retraining = COMPOSE["services"]["retraining"]
    folder = retraining["environment"]["TMPDIR"]
    assert folder in [volume.partition(":")[2] for volume in retraining["volumes"]]
    assert folder not in retraining["tmpfs"]
    job = manifest("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    mounts = {each["mountPath"]: each["name"] for each in job["containers"][0]["volumeMounts"]}
    (tmp,) = (volume for volume in job["volumes"] if volume["name"] == mounts["/tmp"])
    assert "medium" not in tmp["emptyDir"]


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
