"""Before the view: who asks, as proxies tell it, and whether there is room."""

from __future__ import annotations

import threading
from ipaddress import ip_network
from typing import Unpack

import pytest

from model.page import Page
from model.stories import Segmentation
from service.limits.callers import Clients
from service.limits.room import Busy, Room, Watch
from service.predictor import Options
from service.settings import InvalidSetting, Settings
from tests.service.serving_fake import PAGE, Predictor, client

TRUSTED = Clients([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])


@pytest.mark.parametrize(
    ("peer", "forwarded", "name"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        # Not a proxy of ours: what it says is nobody's business.
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        # Anybody can begin the list; the last one whom we do not trust is the client.
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.2.3.4", "198.51.100.7"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, <script>", "10.0.0.1"),
        ("10.0.0.1", ",,", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("fd00::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        # A socket for both kinds of addresses tells those of IPv4 like that.
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, ::ffff:10.2.3.4", "198.51.100.7"),
        # With ports, as some proxies write them.
        ("10.0.0.1", "198.51.100.7:5678", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7:5678, 10.2.3.4:80, [fd00::1]", "198.51.100.7"),
        ("10.0.0.1", "[2001:db8:1:2::3]:443", "2001:db8:1:2::/64"),
        ("10.0.0.1", "2001:db8:1:2::3", "2001:db8:1:2::/64"),
        ("10.0.0.1", "198.51.100.7, :80", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, []:80", "10.0.0.1"),
        # A Unix socket.
        ("", "198.51.100.7", "198.51.100.7"),
        ("", "", "local"),
    ],
)
def test_a_client_is_known_as_far_as_the_proxies_are(peer: str, forwarded: str, name: str) -> None:
    assert TRUSTED.name(peer, forwarded) == name


def test_proxies_are_networks() -> None:
    settings = Settings.from_environment({"STORYSEAM_TRUSTED_PROXIES": "10.0.0.0/8, fd00::/8"})
    assert [str(each) for each in settings.trusted_proxies or ()] == ["10.0.0.0/8", "fd00::/8"]
    with pytest.raises(InvalidSetting):
        Settings.from_environment({"STORYSEAM_TRUSTED_PROXIES": "proxy.example.org"})


def test_behind_a_proxy_each_client_has_its_rate() -> None:
    http = client(rate="1/minute", trusted_proxies="127.0.0.0/8")

    def ask(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return http.post(
            "/v1/segment", data=PAGE, content_type="text/plain", headers=headers
        ).status_code

    assert [ask("192.0.2.1"), ask("192.0.2.1"), ask("192.0.2.2")] == [200, 429, 200]


class Slow(Predictor):
    """Answers when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Semaphore(0)
        self.go = threading.Event()
        self.go.set()

    def segment(
        self, page: str | Page, *, blocks: bool = False, **options: Unpack[Options]
    ) -> Segmentation:
        self.came.release()
        assert self.go.wait(10)
        return super().segment(page, blocks=blocks, **options)


def test_who_finds_no_room_is_refused_at_once_and_room_comes_back() -> None:
    predictor = Slow()
    http = client(predictor, concurrency=2, micro_batch=1)
    predictor.came = threading.Semaphore(0)
    predictor.go.clear()
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(http.post("/v1/segment", data=PAGE, content_type="text/plain").status_code)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
        assert predictor.came.acquire(timeout=10)
    refused = http.post("/v1/segment", data=PAGE, content_type="text/plain")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert refused.json["type"] == "urn:storyseam:problem:busy"
    # Whoever watches over the service still gets an answer.
    assert http.get("/readyz").status_code == 200
    predictor.go.set()
    for thread in asking:
        thread.join()
    ask()
    assert statuses == [200] * 3


def test_a_refusal_or_a_fault_gives_its_room_back() -> None:
    http = client(concurrency=1)
    for body, kind in ((b"", "text/plain"), (b"x", "no/such"), (b"PLEASE FAIL", "text/plain")):
        assert http.post("/v1/segment", data=body, content_type=kind).status_code >= 400
    assert http.post("/v1/segment", data=PAGE, content_type="text/plain").status_code == 200


def test_a_room_is_never_overfull() -> None:
    room = Room(1)
    room.enter()
    with pytest.raises(Busy):
        room.enter()
    room.leave()
    assert room.taken == 0


def test_a_thread_that_hangs_is_noticed() -> None:
    now = [0.0]
    watch = Watch(60, clock=lambda: now[0])
    watch.begin()
    now[0] = 50
    assert not watch.overdue()
    watch.begin()
    now[0] = 100
    assert not watch.overdue()
    now[0] = 111
    assert watch.overdue()
    watch.end()
    assert not watch.overdue()


def test_a_page_with_too_many_characters_is_refused() -> None:
    http = client(max_characters=10)
    for answer in (
        http.post("/v1/segment", data="é" * 11, content_type="text/plain"),
        http.post("/v1/segment", json={"html": "é" * 11}),
    ):
        assert answer.status_code == 413
        assert answer.json["type"] == "urn:storyseam:problem:too-long"
    assert http.post("/v1/segment", data="é" * 10, content_type="text/plain").status_code == 200


def test_html_beyond_what_its_reader_takes_is_refused_whatever_the_settings_allow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    http = client()
    for name, most in (("MAX_CHARACTERS", 40), ("MAX_BLOCKS", 2)):
        with monkeypatch.context() as patched:
            patched.setattr(f"model.html.{name}", most)
            answer = http.post("/v1/segment", data="<p>a" * 11, content_type="text/html")
        assert answer.status_code == 413, answer.text
        assert answer.json["type"] == "urn:storyseam:problem:too-long"
        assert f"limit of {most} " in answer.json["detail"]


def test_a_few_of_the_longest_pages_do_not_take_a_worker() -> None:
    """The longest page finds room beside many others, and a second one of its kind does not."""
    predictor = Slow()
    http = client(predictor, micro_batch=1, max_blocks=30_000)
    predictor.came = threading.Semaphore(0)
    predictor.go.clear()
    longest, others = "a\n" * 30_000, "b\n" * 10_000
    statuses: list[int] = []

    def ask(page: str) -> None:
        statuses.append(http.post("/v1/segment", data=page, content_type="text/plain").status_code)

    asking = [threading.Thread(target=ask, args=(page,)) for page in (longest, others)]
    for thread in asking:
        thread.start()
        assert predictor.came.acquire(timeout=30)
    refused = http.post("/v1/segment", data=longest, content_type="text/plain")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    predictor.go.set()
    for thread in asking:
        thread.join()
    ask(longest)
    assert statuses == [200] * 3


def test_a_page_with_too_many_lines_is_refused_for_the_memory_that_each_takes() -> None:
    http = client(max_blocks=3)
    for many in ("a\n\nb\nc\nd", "He came. She saw. They won. All left. " * 50):
        answer = http.post("/v1/segment", data=many, content_type="text/plain")
        assert answer.status_code == 413
        assert answer.json["type"] == "urn:storyseam:problem:too-long"
        assert "limit of 3 lines" in answer.json["detail"]
    assert http.post("/v1/segment", json={"html": "<p>a" * 4}).status_code == 413
    blank = "a\nb\n" + "\n" * 100 + "c"
    assert http.post("/v1/segment", data=blank, content_type="text/plain").status_code == 200
