"""Kills retraining at every moment at which the disk changes, one child process a moment.

Run by ``test_kill.py`` in a process of its own, which forks: imports are paid once, and no thread
of pytest's is around. Prints one line of JSON a moment.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model import artifact
from model.registry import Registry
from tests.training.stub_model import StubSegmenter
from tests.training.stub_retrain import run

PAGES = 60


class Moments:
    """Counts calls that touch the disk, and kills the process before, or half-way in, one."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.count = 0
        self.last = ""

    def wrap(self, module: Any, name: str, half: Callable[..., None] | None = None) -> None:
        real = getattr(module, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.step(name)
            if half is not None:
                self.step(f"half of {name}", lambda: half(*args))
            return real(*args, **kwargs)

        setattr(module, name, counted)

    def step(self, what: str, before: Callable[[], None] | None = None) -> None:
        self.count += 1
        self.last = what
        if self.count == self.at:
            if before is not None:
                before()
            print(json.dumps({"moment": self.at, "what": what}), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        self.wrap(
            artifact, "write_file", lambda path, data: path.write_bytes(data[: len(data) // 2])
        )
        for name in ("rename", "replace", "fsync"):
            self.wrap(os, name)
        self.wrap(pathlib.Path, "mkdir")
        self.wrap(pathlib.Path, "unlink")
        self.wrap(shutil, "rmtree", lambda path, **_: _delete_one(Path(path)))


def _delete_one(path: Path) -> None:
    for file in sorted(path.rglob("*")):
        if file.is_file():
            os.unlink(file)
            return


def _child(root: Path, at: int) -> int:
    pid = os.fork()
    if pid == 0:
        moments = Moments(at)
        moments.install()
        run(root, miss=0.01, pages=PAGES, log=lambda line: moments.step(f"stage {line['stage']}"))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(folder: Path) -> None:
    template = folder / "template"
    old = run(template, miss=0.1, pages=PAGES).champion
    refused = [run(template, miss=0.9, pages=PAGES).challenger for _ in range(5)]
    at = 0
    while True:
        at += 1
        root = folder / "registry"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(template, root)
        code = _child(root, at)
        registry = Registry(root)
        champion = registry.champion()
        assert champion is not None
        StubSegmenter.load(registry.path(champion))
        broken = [card["version"] for card in registry.versions() if "error" in card]
        known = champion == old or champion not in refused
        following = run(root, miss=0.0, pages=PAGES)
        litter = [path.name for path in root.glob(".tmp-*")]
        print(
            json.dumps(
                {
                    "code": code,
                    "champion": "old" if champion == old else "new",
                    "known": known,
                    "broken": broken,
                    "promoted": following.promoted,
                    "litter": litter,
                }
            ),
            flush=True,
        )
        if code == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
