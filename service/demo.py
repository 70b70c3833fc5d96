"""`make run`: start the service, send it the example page, show the stories, keep serving."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from model.errors import StoryseamError
from service.render import show_brief
from service.settings import Settings

__all__ = ["EXAMPLE", "DemoFailed", "main"]

EXAMPLE = Path(__file__).parent / "examples" / "infinite_scroll.txt"

_PATIENCE_SECONDS = 90.0


class DemoFailed(StoryseamError):
    """The service did not come up, or did not answer."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C; 0 if all went well, 1 with a line on stderr if not."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, help="instead of the one in STORYSEAM_BIND")
    options = parser.parse_args(argv)
    # Also where a shell started us in the background, with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        settings = Settings.from_environment()
        if options.port is not None:
            settings = Settings.from_environment(bind=f"127.0.0.1:{options.port}")
        return _run(settings)
    except StoryseamError as error:
        print(f"storyseam: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _run(settings: Settings) -> int:
    host, port = _address(settings)
    _check_free(host, port)
    server = _start(settings)
    try:
        base = f"http://{_reachable(host)}:{port}"
        _wait(server, base)
        _present(base)
        return server.wait()
    finally:
        _stop(server)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _address(settings: Settings) -> tuple[str, int]:
    host, _, port = settings.bind.rpartition(":")
    if not port.isdigit():
        raise DemoFailed("this needs an address and a port; unset STORYSEAM_BIND")
    return host, int(port)


def _reachable(host: str) -> str:
    """Where a client on this machine finds a server that listens everywhere."""
    return "127.0.0.1" if host in {"0.0.0.0", "[::]", ""} else host  # noqa: S104 - compared, not bound


def _check_free(host: str, port: int) -> None:
    """Refuse a port that somebody listens on, before gunicorn tries it for five seconds."""
    try:
        with socket.create_connection((_reachable(host), port), timeout=1):
            pass
    except OSError:
        return
    raise DemoFailed(f"port {port} is taken; choose another with `make run PORT={port + 1}`")


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "service.cli", "serve", "--bind", settings.bind]
    # A group of its own: Ctrl-C comes to us, and we stop the server in order.
    # A line for every request would bury what people are to read, unless they ask for it.
    environment = {"STORYSEAM_LOG_LEVEL": "warning"} | os.environ
    return subprocess.Popen(  # noqa: S603 - our own command
        command, start_new_session=True, env=environment
    )


def _wait(server: subprocess.Popen[bytes], base: str) -> None:
    """Return once a model has passed its self-test."""
    began = time.monotonic()
    reason = "no answer"
    while time.monotonic() - began < _PATIENCE_SECONDS:
        if (code := server.poll()) is not None:
            raise DemoFailed(f"the service ended with exit code {code}; its log above says why")
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=5):  # noqa: S310 - our own http
                return
        except urllib.error.HTTPError as error:
            problem = json.loads(error.read())
            if error.code == 503:
                raise DemoFailed(f"the service is up, but {problem['detail']}") from None
            reason = problem["detail"]
        except (OSError, ValueError) as error:
            reason = str(error)
        time.sleep(0.1)
    raise DemoFailed(f"the service was not ready within {_PATIENCE_SECONDS:.0f} s: {reason}")


def _present(base: str) -> None:
    """POST the example page and print what came back."""
    page = EXAMPLE.read_bytes()
    request = urllib.request.Request(  # noqa: S310 - our own http
        f"{base}/v1/segment", data=page, headers={"Content-Type": "text/plain; charset=utf-8"}
    )
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - as above
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        raise DemoFailed(f"the example was refused: {error.read().decode()}") from None
    milliseconds = 1000 * (time.perf_counter() - began)

    console = Console(highlight=False)
    console.print(f"\nPOST {base}/v1/segment  <  service/examples/{EXAMPLE.name}")
    console.print(f"{len(answer['stories'])} stories in {milliseconds:.0f} ms\n")
    show_brief(console, answer, page.decode())
    console.print("\nYour own page (text; for HTML say text/html):")
    console.print(
        f"  curl {base}/v1/segment -H 'Content-Type: text/plain' --data-binary @page.txt",
        soft_wrap=True,
    )
    console.print(f"The API by hand: {base}/docs/\n\nServing until Ctrl-C.")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Let the server finish what it has begun."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(timeout=40)
        except subprocess.TimeoutExpired:
            server.kill()


if __name__ == "__main__":
    sys.exit(main())
