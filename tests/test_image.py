"""The image: what it installs, what it leaves behind, and the bill of its materials."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(requirements: list[str], python: str) -> set[str]:
    """Distributions that requirements bring with this Python, themselves included, as installed
    here."""
    of_image = {"python_version": python, "python_full_version": f"{python}.0"}
    found: set[str] = set()
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        asked = waiting.pop()
        found.add(canonical(asked.name))
        for line in distribution(asked.name).requires or []:
            each = Requirement(line)
            extras = asked.extras or {""}
            if each.marker is None or any(
                each.marker.evaluate(of_image | {"extra": e}) for e in extras
            ):
                waiting.append(each)
    return found


def test_the_image_has_what_its_settings_may_ask_for_and_no_more() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    patterns = re.findall(r"grep -E '([^']+)' requirements-dev\.lock", dockerfile)
    assert patterns
    run, dev = (
        (ROOT / name).read_text(encoding="utf-8").splitlines()
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    pinned = {canonical(line.partition("==")[0]) for line in run if "==" in line}
    taken = {
        canonical(line.partition("==")[0])
        for line in dev
        if any(re.match(pattern, line) for pattern in patterns)
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [line for name in ("postgresql", "redis", "registry", "otel") for line in extras[name]]
    (python,) = set(re.findall(r"^FROM python:(\d+\.\d+)-slim", dockerfile, re.MULTILINE))
    assert taken == needed(asked, python) - pinned
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in re.findall(r"^COPY (?!--)(.+) \S+$", dockerfile, re.MULTILINE):
        for source in name.split():
            assert f"!{source}" in ignored, source


def test_the_image_carries_no_tests_and_no_pip_and_its_size_can_be_said() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "-name tests -exec rm -r {} +" in dockerfile
    assert "uninstall --yes pip" in dockerfile
    last = dockerfile.rpartition("FROM ")[2]
    # Neither what the base has of it, nor the wheel from which it could be had again.
    assert "RUN python -m pip uninstall --yes" in last
    for name in ("pip", "ensurepip"):
        assert f"! python -c 'import {name}'" in last, "the build looks whether it is gone"
    assert last.index("import ensurepip") < last.index("USER "), "by root"
    assert not re.search(r"\b(apt|pip install|gcc|make)\b", last), "build tools in the final stage"
    done = subprocess.run(
        [sys.executable, "deploy/image_size.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    size = float(done.stdout.splitlines()[-1].split()[0])
    assert 150 < size < 400, done.stdout
    (told,) = re.findall(
        r"adds (\d+) MB", (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    )
    # Wheels of another Python differ by some of that.
    assert abs(size - float(told)) < 0.15 * size, done.stdout


def test_the_bill_of_materials_names_all_that_is_pinned(tmp_path: Path) -> None:
    out, pinned = tmp_path / "sbom.json", tmp_path / "image.lock"
    pins = subprocess.run(
        [sys.executable, "deploy/image_size.py", "--pins"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    pinned.write_text(pins, encoding="utf-8")
    subprocess.run(
        [
            sys.executable, "-m", "cyclonedx_py", "requirements", str(pinned),
            "--pyproject", "pyproject.toml", "--output-reproducible", "-o", str(out),
        ],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    bill = json.loads(out.read_bytes())
    assert bill["metadata"]["component"]["name"] == "storyseam"
    named = {f"{each['name']}=={each['version']}" for each in bill["components"]}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert {line for line in lock if "==" in line} < named
    assert {line.partition("==")[0] for line in named} >= {"psycopg", "redis", "fsspec"}
    assert named == set(pins.split())


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
