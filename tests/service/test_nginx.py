"""A service behind a real nginx that is configured as `deploy/nginx/storyseam.conf` says."""

from __future__ import annotations

import grp
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.settings import PREFIX, Settings
from tests.service.running import Running, free_port
from tests.service.serving_fake import PAGE

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "storyseam.conf"
# Beside the file: what a system's nginx.conf says around it, as a user without rights can run it.
AROUND = """
daemon off; user {user} {group}; pid {folder}/pid; error_log {folder}/errors;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  {inside}
}}
"""
LINE = json.dumps({"id": 1, "text": PAGE}).encode() + b"\n"


def configured(folder: Path, port: int, behind: int) -> str:
    """The configuration, without TLS, and between these ports."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    text, changed = re.subn(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", text)
    assert changed == 1
    text = re.sub(r"ssl_certificate\w* .*;", "", text)
    text, changed = re.subn(r"127\.0\.0\.1:8765", f"127.0.0.1:{behind}", text)
    assert changed == 1
    # Started by root, nginx would work as somebody who may not write here.
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    return AROUND.format(folder=folder, inside=text, user=user, group=group)


@pytest.fixture
def behind(start: Callable[..., Running], tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Starts a service and nginx before it; gives the port of nginx."""
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed")
    started: list[subprocess.Popen[bytes]] = []

    def run(**settings: object) -> int:
        port, service = free_port(), start(workers=1, **settings)
        path = tmp_path / "nginx.conf"
        path.write_text(configured(tmp_path, port, service.port), encoding="utf-8")
        started.append(subprocess.Popen([nginx, "-c", path, "-e", tmp_path / "errors"]))
        deadline = time.monotonic() + 30
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert started[-1].poll() is None, (tmp_path / "errors").read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "nginx did not come up"
            time.sleep(0.05)
        return port

    yield run
    for process in started:
        process.terminate()
        process.wait()


def ask(port: int, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    kind = {"Content-Type": "text/plain"} if body is not None else {}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, kind | headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_every_setting_that_it_names_is_one() -> None:
    named = re.findall(rf"{PREFIX}(\w+)", CONFIGURATION.read_text(encoding="utf-8"))
    assert {"KEYS", "TRUSTED_PROXIES", "MAX_BODY_BYTES"} <= set(named)
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_pages_pass_up_to_the_limit_of_the_service_itself(behind: Callable[..., int]) -> None:
    port = behind(anonymous="segment")
    page = ("# One\n" + "word " * 300_000).encode()
    assert len(page) > 1_000_000
    assert ask(port, "/v1/segment", page)[0] == 200
    status, body = ask(port, "/v1/segment", b"x" * 9_000_000)
    assert status == 413
    assert json.loads(body)["type"] == "urn:storyseam:problem:too-large"
    # Not for whoever comes by.
    assert ask(port, "/metrics")[0] == 404


def test_a_batch_is_answered_while_it_is_sent(behind: Callable[..., int]) -> None:
    port = behind(anonymous="segment")
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        head = (
            "POST /v1/segment/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
        )
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        received = b""
        for count in (1, 2, 3):
            connection.sendall(b"%x\r\n%b\r\n" % (len(LINE), LINE))
            while received.count(b'"id":1') < count:
                piece = connection.recv(65_536)
                assert piece, received
                received += piece
        connection.sendall(b"0\r\n\r\n")
        while not received.endswith(b"\r\n0\r\n\r\n"):
            piece = connection.recv(65_536)
            assert piece, received
            received += piece


def test_clients_are_told_apart_by_what_nginx_says_of_them(behind: Callable[..., int]) -> None:
    # The client of this test comes from where nginx is, so that what it says is believed as well.
    port = behind(anonymous="segment", rate="2/minute", trusted_proxies="127.0.0.1")
    first, second = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    statuses = [ask(port, "/v1/segment", PAGE.encode(), **first)[0] for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert ask(port, "/v1/segment", PAGE.encode(), **second)[0] == 200
