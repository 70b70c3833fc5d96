"""`storyseam serve`: gunicorn around the application.

With one OpenMP thread a worker, the default, the model is loaded once, before the fork: workers
share its memory, and one that takes the place of another is there at once. With more threads each
worker loads its own after the fork: OpenMP's thread pool does not survive one, and a forked worker
that predicts in it can hang for good. Nothing is imported here at once that imports scikit-learn,
because the number of threads has to be set before anything does.
"""

from __future__ import annotations

import gc
import logging
import os
import resource
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from service.corrections.writer import StoreWriter
from service.errors import problem_body
from service.limits.access import Access
from service.limits.backlog import Ending
from service.limits.rates import Rates
from service.misspelt import misspelt
from service.observability.logs import Discreet, JsonFormatter, configure
from service.serving import ServedModel
from service.settings import Settings
from service.worker import Worker

__all__ = ["Server", "counted_together", "serve", "write_problems"]

# A worker is replaced after about this many requests, so that memory that a library loses does
# not add up; the jitter keeps workers from going all at once.
_MAX_REQUESTS = 200_000
_KEEP_ALIVE_SECONDS = 15
_DRAIN_SECONDS = 30
# A worker that takes the place of another serves no earlier than it has seen today's champion.
_LOOK_SECONDS = 10.0
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - gunicorn makes its files there with mkstemp
# Ten times what ten workers take there. Once it is full, as another job can make it, a write to it
# is a SIGBUS, of which no line says why; then files on a disk are better.
_ROOM_BYTES = 16 << 20

# Read by prometheus_client when it is imported, so it is not imported here.
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_log = logging.getLogger("storyseam.server")

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class _Arbiter(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """Looks after the workers, and tells them when nobody comes after them."""

    def stop(self, graceful: bool = True) -> None:
        """End all workers; also called where a new arbiter, or systemd, listens on."""
        if self.reexec_pid == self.master_pid == 0 and not self.systemd:
            self.app.ending.begin()
        super().stop(graceful)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn, configured from `Settings`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        #: For the workers, which are forked with it.
        self.ending = Ending()
        super().__init__()

    def run(self) -> None:
        """Serve until told to stop."""
        _Arbiter(self).run()

    def load_config(self) -> None:
        """Translate our settings; gunicorn's own file and variables are not read."""
        settings = self._settings
        values: dict[str, Any] = {
            "bind": settings.bind,
            "workers": settings.workers,
            "worker_class": Worker,
            "threads": settings.threads,
            "timeout": settings.timeout,
            "graceful_timeout": _DRAIN_SECONDS,
            "keepalive": _KEEP_ALIVE_SECONDS,
            "max_requests": _MAX_REQUESTS,
            "max_requests_jitter": _MAX_REQUESTS // 10,
            "preload_app": settings.openmp_threads == 1,
            "pre_fork": _share,
            "post_worker_init": _announce,
            "logconfig_dict": _log_lines(settings.log_level),
            "proc_name": "storyseam",
            "child_exit": _forget_gauges,
            # In memory: a heartbeat on a slow disk looks like a worker that hangs, and the root
            # file system may be read-only.
            "worker_tmp_dir": _in_memory(),
            # No control socket: it would be one more thing to guard.
            "control_socket_disable": True,
            # On loopback and Unix sockets gunicorn takes a header SCRIPT_NAME for its proxy's word,
            # and one that the path does not begin with for a fault of ours. Here nobody sends one.
            "forwarder_headers": "",
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application, in the worker or before there are any."""
        from service.app import create_app

        write_problems()
        return create_app(self._settings)


def _share(_arbiter: object, _worker: object) -> None:
    """Keep what is there before the fork shared: the collector would copy it by marking it."""
    gc.collect()
    gc.freeze()
    # What was loaded here, nobody answers with here.
    _forget(os.getpid())


def _announce(worker: Any) -> None:
    """Count this worker among those that answer with its model, which is the champion of today.

    What was loaded before the fork may be the champion of weeks ago. From here on there may be
    threads.
    """
    served = ServedModel.of(worker.wsgi)
    looking = threading.Thread(target=served.look, daemon=True)  # a registry may hang
    looking.start()
    looking.join(min(_LOOK_SECONDS, worker.cfg.timeout / 2))
    served.announce()
    StoreWriter.of(worker.wsgi).start()


def serve(settings: Settings) -> None:
    """Serve until told to stop.

    Raises
    ------
    NobodyAllowed, BadKeyFile
        Others could reach the service, and nobody could use it.
    NoStore
        Rates are to be counted where they cannot be.
    ArtifactError
        The model that was asked for by its directory is not there, or not one that loads here.
    """
    configure(settings.log_level)
    for variable, near in misspelt(os.environ).items():
        _log.warning("%s is no setting, and is not read; is it %s?", variable, near)
    # Each worker makes its own; here a mistake is one line, and not a worker that will not boot.
    Access.from_settings(settings)
    Rates.from_settings(settings)
    for name in _THREAD_VARIABLES:
        os.environ[name] = str(settings.openmp_threads)
    if settings.model is not None:
        _check_model(settings.model)
    # Each connection takes a descriptor, and many systems give 1024 to whoever asks for no more.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with counted_together():
        Server(settings).run()


def _check_model(directory: Path) -> None:
    """Refuse a model that would never load; of a registry, which comes and goes, nothing is asked.

    Nothing is unpickled and nothing predicts, so that it does no harm before a fork.
    """
    from model import artifact  # these import scikit-learn: after the number of threads is set
    from model.features import table_hash

    artifact.verify(directory, expected_feature_table=table_hash())


@contextmanager
def counted_together() -> Iterator[None]:
    """A folder in which the workers that are started meanwhile add up what they count.

    Workers are forked in here and leave by the same door; who made the folder removes it. A
    `tempfile.TemporaryDirectory` is removed by whoever ends first, and the next worker would not
    boot.
    """
    owner = os.getpid()
    folder = tempfile.mkdtemp(prefix="storyseam-", dir=_in_memory())
    if os.path.isdir(_SHARED_MEMORY) and not folder.startswith(_SHARED_MEMORY):
        _log.warning("%s has no room; metrics are counted in %s", _SHARED_MEMORY, folder)
    os.environ[_METRICS_FOLDER] = folder
    try:
        yield
    finally:
        del os.environ[_METRICS_FOLDER]
        # A worker whose parent is gone is among the last.
        if os.getpid() == owner or os.getppid() != owner:
            shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> str | None:
    """Where files are in memory, and there is room; None, where others are."""
    try:
        space = os.statvfs(_SHARED_MEMORY)
    except OSError:
        return None
    # Without a limit it has no blocks to speak of.
    full = space.f_blocks and space.f_bavail * space.f_frsize < _ROOM_BYTES
    return _SHARED_MEMORY if not full and os.access(_SHARED_MEMORY, os.W_OK) else None


def _forget_gauges(server: Any, worker: Any) -> None:
    """What a worker that ended had in hand, nobody has any longer; what it counted, all keep."""
    _forget(worker.pid)
    if _METRICS_FOLDER in os.environ:
        from service.observability.of_the_gone import fold

        live = {os.getpid(), *server.WORKERS}
        fold(os.environ[_METRICS_FOLDER], lambda pid: pid in live)


def _forget(pid: int) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    if _METRICS_FOLDER in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _log_lines(level: str) -> dict[str, Any]:
    """Gunicorn's own log in the shape of ours, and as discreet."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "filters": {"discreet": {"()": Discreet}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {
                "level": level.upper(), "handlers": ["stderr"], "propagate": False,
                "filters": ["discreet"],
            },
            "gunicorn.access": {"handlers": [], "propagate": False},
        },
    }  # fmt: skip


def write_problems() -> None:
    """Have this process refuse what is not HTTP in our shape, in place of gunicorn's HTML."""
    util.write_error = _write_problem


def _write_problem(sock: socket.socket, status: int, reason: str, message: str) -> None:
    body = problem_body(status, reason, message or reason)
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode("latin-1") + body)
