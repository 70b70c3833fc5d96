"""Which model answers, and how another takes its place between two requests.

`ServedModel` belongs to one worker process. It loads after the fork, serves nothing before a
self-test, looks at the registry's champion pointer (one stat, or one listing of a store, at most
once a second), and keeps the model that it has when the next one will not load.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from model.errors import RegistryError, StoryseamError
from service.errors import NotReady
from service.predictor import Predictor
from service.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from model.registry import Registry

__all__ = [
    "SelfTestFailed",
    "ServedModel",
    "load_segmenter",
    "model_directory",
    "self_test",
]

_EXTENSION = "storyseam_served"

_log = logging.getLogger("storyseam.serving")

# After a failure the same pointer is tried again this much later: a registry on a network disk
# may have been half there.
_RETRY_SECONDS = 30.0

# Two stories in the dress of an infinite scroll. The self-test asks whether the model answers
# soundly, not what it answers: the quality of a model is the gate's business.
_SELF_TEST = (
    "Orchard growers agree on water rota\n\nUpdated 3 May 2021\n\n"
    "LOWFIELD: Growers in the valley agreed on Monday to take turns at the sluice until June.\n"
    "The rota replaces a custom that nobody had written down.\n\n"
    "Ferry to resume after engine repair\n\nUpdated 3 May 2021\n\n"
    "PORT ELLAN: The island ferry sails again on Thursday, the operator said, a week late.\n"
    "Passengers with tickets for the cancelled crossings get their money back.\n"
)


class SelfTestFailed(StoryseamError):
    """A model loaded, but does not answer soundly."""

    def __init__(self, version: str, reason: str) -> None:
        super().__init__(version, reason)
        self.version = version
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"model {self.version} failed its self-test: {self.reason}; "
            "go back to the one before with `storyseam models rollback`"
        )


def model_directory(settings: Settings) -> Path | None:
    """Where the model that the settings ask for lies; None for the one that ships."""
    if settings.model is not None or settings.registry is None:
        return settings.model
    from model.registry.remote import open_registry

    registry = open_registry(settings.registry)
    version = registry.champion()
    return None if version is None else registry.path(version)


def load_segmenter(path: Path | None) -> Predictor:
    """Load a model version; None is the one that ships."""
    # Imported here: scikit-learn takes a second, and must not start threads before a fork.
    from model.segmenter import Segmenter

    return Segmenter.load(path)


def self_test(model: Predictor) -> None:
    """Segment a small page and check that the answer is sound.

    Raises
    ------
    SelfTestFailed
        The model raised, or its spans are not ordered and disjoint within the page.
    """
    try:
        answer = model.segment(_SELF_TEST)
    except Exception as error:
        raise SelfTestFailed(model.version, f"{type(error).__name__}: {error}") from error
    last = 0
    for story in answer.stories:
        if not last <= story.start < story.end <= len(_SELF_TEST):
            raise SelfTestFailed(model.version, f"unsound span {story.start}-{story.end}")
        last = story.end


class ServedModel:
    """The model that answers in this process.

    Where neither the champion nor the shipped model loads, the process stays up, says so to
    whoever asks, and tries again: an orchestrator sees a worker that is alive and not ready.

    Parameters
    ----------
    settings : Settings
        Which model or registry, and how often to look.
    load : callable, optional
        From a directory, or None for the shipped model, to a predictor.
    clock : callable, optional
        Monotonic seconds.
    told : callable, optional
        Called with the version that answers from now on and the one before, None for none; and
        with None in place of the first when a model would not load.

    Attributes
    ----------
    watched : bool
        Whether a `Lookout` looks for the next champion; otherwise requests do, and one of them
        waits for the load.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        load: Callable[[Path | None], Predictor] = load_segmenter,
        clock: Callable[[], float] = time.monotonic,
        told: Callable[[str | None, str | None], None] = lambda new, old: None,
    ) -> None:
        self._settings = settings
        self._told = told
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self.watched = False
        self._registry: Registry | None = None
        if settings.model is None and settings.registry is not None:
            from model.registry.remote import open_registry

            self._registry = open_registry(settings.registry)
        self._model: Predictor | None = None
        self._reason = "no model has been loaded yet"
        self._next_look = 0.0
        self._retry_at: float | None = None
        self._away = False
        self._seen: object = None
        self._seen = self._look()
        if self._registry is not None and self._seen is None and not self._away:
            # So it is before the first retraining; and where another volume is mounted.
            _log.warning("%s has no champion; the model that ships answers", settings.registry)
        self._start()

    @classmethod
    def fixed(
        cls,
        model: Predictor,
        told: Callable[[str | None, str | None], None] = lambda new, old: None,
    ) -> ServedModel:
        """Serve this very model, self-tested, and never another."""
        return cls(Settings(), load=lambda _: model, told=told)

    @classmethod
    def of(cls, app: Flask) -> ServedModel:
        """The one that an application answers with."""
        return cast(ServedModel, app.extensions[_EXTENSION])

    def attach(self, app: Flask) -> None:
        """Answer for an application."""
        app.extensions[_EXTENSION] = self

    def announce(self) -> None:
        """Tell which model answers here; again after a fork, which counts for itself."""
        if self._model is not None:
            self._told(self._model.version, None)

    def current(self) -> Predictor:
        """The model to answer with; looks first if nobody else does.

        Raises
        ------
        NotReady
            There is none.
        """
        if not self.watched:
            self.look()
        if self._model is None:
            raise NotReady(self._reason)
        return self._model

    def look(self) -> None:
        """Swap if the champion has changed, and it is time to look.

        Returns at once while another thread looks; until that one has swapped, the model that is
        there answers on.
        """
        if self._due() and self._lock.acquire(blocking=False):
            try:
                if self._model is None:
                    self._start()
                else:
                    self._follow(self._model)
            finally:
                self._lock.release()

    def _due(self) -> bool:
        """Whether it is time to look again; never, for a fixed model that is loaded."""
        if self._model is not None and self._registry is None:
            return False
        return self._clock() >= self._next_look

    def _start(self) -> None:
        """Load the champion, and the shipped model if that one fails."""
        try:
            self._model = self._tested(model_directory(self._settings))
        except Exception as error:  # noqa: BLE001 - whatever it is, the process stays up and says so
            self._failed(error, None)
            self._reason = str(error)
        # A registry that is broken or away must not keep a service from starting; a model that
        # was asked for by name is another matter.
        if self._model is None and self._registry is not None:
            try:
                self._model = self._tested(None)
            except Exception as error:  # noqa: BLE001 - as above
                self._failed(error, None)
        self.announce()
        wait = _RETRY_SECONDS if self._model is None else self._settings.reload_seconds
        self._next_look = self._clock() + wait

    def _follow(self, model: Predictor) -> None:
        """Swap if the pointer is not the one last seen, or a failed load is due again."""
        now = self._clock()
        self._next_look = now + self._settings.reload_seconds
        seen = self._look()
        due = self._retry_at is not None and now >= self._retry_at
        # No pointer: the registry is away, or was never used. Either way, go on as before.
        if seen is None or (seen == self._seen and not due):
            return
        self._seen = seen
        self._retry_at = None
        try:
            directory = model_directory(self._settings)
            # A pointer that was rewritten with the same name needs no load.
            if directory is not None and directory.name == model.version:
                return
            self._model = self._tested(directory)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the old one answers
            self._failed(error, model.version)
            return
        fields = {"from": model.version, "to": self._model.version}
        _log.info("swapped", extra={"fields": fields})
        self._told(self._model.version, model.version)

    def _failed(self, error: Exception, serving: str | None) -> None:
        self._retry_at = self._clock() + _RETRY_SECONDS
        self._told(None, serving)
        _log.error("model will not load: %s", error, extra={"fields": {"serving": serving}})

    def _tested(self, directory: Path | None) -> Predictor:
        began = time.perf_counter()
        model = self._load(directory)
        self_test(model)
        fields = {"model": model.version, "seconds": round(time.perf_counter() - began, 3)}
        _log.info("loaded", extra={"fields": fields})
        return model

    def _look(self) -> object:
        """What changes with the champion; None where there is none, or the registry is away."""
        if self._registry is None:
            return None
        try:
            mark = self._registry.mark()
            if mark is None and self._seen is not None:
                # Of a volume that is not mounted any longer the folder is there, and empty.
                raise RegistryError(f"{self._settings.registry} has no champion any longer")
        except StoryseamError as error:
            if not self._away:
                self._away = True
                _log.error("the registry is away: %s", error)
            return None
        if self._away:
            self._away = False
            _log.info("the registry is back")
        return mark
