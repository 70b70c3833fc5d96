"""Which model answers: the champion, its successor after a swap, the old one when that fails."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import uuid
from pathlib import Path
from typing import Unpack
from unittest.mock import Mock

import pytest

from model import artifact
from model.errors import RegistryError
from model.page import Page
from model.stories import Segmentation
from service import serving
from service.errors import NotReady
from service.predictor import Options
from service.predictor import Predictor as PredictorLike
from service.serving import SelfTestFailed, ServedModel, self_test
from service.settings import Settings
from tests.service.serving_fake import Broken, Predictor, client, directory


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Loader:
    """Loads a fake named after its folder; some folders refuse."""

    def __init__(self, *broken: str) -> None:
        self.broken = set(broken)
        self.loaded: list[str] = []

    def __call__(self, path: Path | None) -> PredictorLike:
        name = "shipped" if path is None else path.name
        self.loaded.append(name)
        if name in self.broken:
            raise OSError(f"{name} is damaged")
        return Broken(name) if name.startswith("silent") else Predictor(name)


def point(root: Path, version: str) -> None:
    """Replace the champion pointer, as the registry does: a new file under the old name."""
    root.mkdir(exist_ok=True)
    if version != "default":
        directory(root, version)
    fresh = root / ".new"
    fresh.write_text(version + "\n")
    os.replace(fresh, root / "champion")


def served(root: Path, loader: Loader, clock: Clock) -> ServedModel:
    settings = Settings.from_environment({}, registry=root)
    return ServedModel(settings, load=loader, clock=clock)


def test_an_empty_registry_serves_the_shipped_model_and_then_its_first_champion(
    tmp_path: Path,
) -> None:
    clock, loader = Clock(), Loader()
    model = served(tmp_path / "none-yet", loader, clock)
    assert model.current().version == "shipped"
    point(tmp_path / "none-yet", "v1")
    clock.now += 1.0
    assert model.current().version == "v1"


def test_a_new_champion_answers_after_the_next_look_and_not_before(tmp_path: Path) -> None:
    clock, loader = Clock(), Loader()
    point(tmp_path, "v1")
    model = served(tmp_path, loader, clock)
    assert model.current().version == "v1"
    point(tmp_path, "v2")
    clock.now += 0.9
    assert model.current().version == "v1"
    clock.now += 0.1
    assert model.current().version == "v2"
    assert loader.loaded == ["v1", "v2"]


def test_rolling_back_to_the_shipped_model_is_followed(tmp_path: Path) -> None:
    clock, loader = Clock(), Loader()
    point(tmp_path, "v1")
    model = served(tmp_path, loader, clock)
    point(tmp_path, "default")
    clock.now += 1
    assert model.current().version == "shipped"


@pytest.mark.parametrize("bad", ["v2", "silent2"])
def test_a_champion_that_fails_leaves_the_old_one_in_place_and_is_tried_again(
    tmp_path: Path, bad: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving._log.parent, "propagate", True)
    clock, loader = Clock(), Loader("v2")
    point(tmp_path, "v1")
    model = served(tmp_path, loader, clock)
    point(tmp_path, bad)
    for _ in range(5):
        clock.now += 1
        assert model.current().version == "v1"
    assert loader.loaded == ["v1", bad]
    assert "will not load" in caplog.text
    loader.broken.clear()
    clock.now += 30
    assert model.current().version == ("v2" if bad == "v2" else "v1")
    assert loader.loaded == ["v1", bad, bad]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged, whatever other tests have set for it."""
    lines: list[str] = []
    for level in ("error", "warning", "info"):
        told = lambda form, *rest, **_: lines.append(form % rest)  # noqa: E731
        monkeypatch.setattr(serving._log, level, told)
    return lines


@pytest.mark.parametrize("how", ["renamed", "unmounted", "stale"])
def test_a_registry_that_goes_away_changes_nothing_and_the_log_says_so(
    tmp_path: Path, how: str, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, loader = Clock(), Loader()
    root = tmp_path / "registry"
    point(root, "v1")
    model = served(root, loader, clock)
    root.rename(tmp_path / "away")
    if how != "renamed":
        root.mkdir()
    with monkeypatch.context() as patch:
        if how == "stale":
            stale = OSError(errno.ESTALE, os.strerror(errno.ESTALE))
            patch.setattr(Path, "stat", Mock(side_effect=stale))
        for _ in range(3):
            clock.now += 60
            assert model.current().version == "v1"
    assert sum("the registry is away" in line for line in said) == 1
    shutil.rmtree(root, ignore_errors=True)
    (tmp_path / "away").rename(root)
    point(root, "v2")
    clock.now += 1
    assert model.current().version == "v2"
    assert said.count("the registry is back") == 1


def test_a_registry_without_a_champion_is_told_of(tmp_path: Path, said: list[str]) -> None:
    model = served(tmp_path / "typo", Loader(), Clock())
    assert model.current().version == "shipped"
    assert f"{tmp_path / 'typo'} has no champion; the model that ships answers" in said


def test_a_broken_champion_does_not_keep_the_service_from_starting(tmp_path: Path) -> None:
    clock, loader = Clock(), Loader("v1")
    point(tmp_path, "v1")
    model = served(tmp_path, loader, clock)
    assert model.current().version == "shipped"
    loader.broken.clear()
    clock.now += 31
    assert model.current().version == "v1"


def test_without_any_model_the_service_is_alive_and_not_ready_until_one_loads(
    tmp_path: Path,
) -> None:
    clock, loader = Clock(), Loader("v1", "shipped")
    point(tmp_path, "v1")
    model = served(tmp_path, loader, clock)
    with pytest.raises(NotReady, match="v1 is damaged"):
        model.current()
    loader.broken.clear()
    with pytest.raises(NotReady):
        model.current()
    clock.now += 31
    assert model.current().version == "v1"


def test_a_model_asked_for_by_name_is_not_replaced_by_another(tmp_path: Path) -> None:
    settings = Settings.from_environment({}, model=tmp_path / "mine", registry=tmp_path)
    point(tmp_path, "v1")
    with pytest.raises(NotReady, match="mine is damaged"):
        ServedModel(settings, load=Loader("mine")).current()


def test_not_ready_is_a_503_that_says_when_to_come_back(tmp_path: Path) -> None:
    http = client()
    http.application.extensions["storyseam_served"] = ServedModel(
        Settings.from_environment({}), load=Loader("shipped")
    )
    for response in (
        http.get("/readyz"),
        http.post("/v1/segment", data="x", content_type="text/plain"),
        http.get("/v1/models/current"),
    ):
        assert response.status_code == 503
        assert response.json["type"] == "urn:storyseam:problem:not-ready"
        assert response.headers["Retry-After"]
    assert http.get("/healthz").status_code == 200


def test_while_one_thread_swaps_the_others_go_on_with_the_old_model(tmp_path: Path) -> None:
    clock = Clock()
    loading, finish = threading.Event(), threading.Event()

    def slow(path: Path | None) -> PredictorLike:
        assert path is not None
        if path.name == "v2":
            loading.set()
            assert finish.wait(10)
        return Predictor(path.name)

    point(tmp_path, "v1")
    model = ServedModel(Settings.from_environment({}, registry=tmp_path), load=slow, clock=clock)
    point(tmp_path, "v2")
    clock.now += 1
    swapper = threading.Thread(target=model.current)
    swapper.start()
    assert loading.wait(10)
    clock.now += 5
    assert model.current().version == "v1"
    finish.set()
    swapper.join(10)
    assert model.current().version == "v2"


def test_the_self_test_refuses_spans_that_overlap() -> None:
    class Overlapping(Predictor):
        def segment(
            self, page: str | Page, *, blocks: bool = False, **options: Unpack[Options]
        ) -> Segmentation:
            from dataclasses import replace

            answer = super().segment(page, blocks=blocks, **options)
            return replace(answer, stories=answer.stories * 2)

    with pytest.raises(SelfTestFailed, match="unsound"):
        self_test(Overlapping())
    with pytest.raises(SelfTestFailed, match="broken inside"):
        self_test(Broken())
    self_test(Predictor())


def test_a_registry_in_an_object_store_is_followed_and_may_go_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec", reason="no fsspec: pip install 'storyseam[registry]'")
    from model.registry.remote import RemoteRegistry
    from model.registry.store import Store

    url = f"memory://{uuid.uuid4().hex}/registry"
    registry = RemoteRegistry(url)
    for version in ("v1", "v2"):
        artifact.save(version, tmp_path / version, {"version": version, "feature_table": "x"})
        registry.publish(tmp_path / version, version)
    registry.promote("v1")
    clock, loader = Clock(), Loader()
    model = ServedModel(Settings.from_environment({}, registry=url), load=loader, clock=clock)
    assert model.current().version == "v1"
    registry.promote("v2")
    clock.now += 1.0
    assert model.current().version == "v2"

    def away(self: Store, folder: str) -> list[str]:
        raise RegistryError("away")

    monkeypatch.setattr(Store, "names", away)
    clock.now += 1.0
    assert model.current().version == "v2"
