"""A queue that ends: who is in it is served, who comes later is refused."""

from __future__ import annotations

import socket
import sys
import threading

import pytest

from service.limits.backlog import admit_no_more

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has packet filters")


def test_who_stands_in_the_queue_is_served_and_who_comes_later_refused() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    early = socket.create_connection(address)
    admit_no_more(listener)
    early.sendall(b"a request")
    served, _ = listener.accept()
    assert served.recv(100) == b"a request"
    late = socket.socket()
    late.settimeout(10)
    closing = threading.Timer(0.3, listener.close)
    closing.start()
    with pytest.raises(ConnectionRefusedError):
        late.connect(address)
    assert not closing.is_alive(), "it knocked until the socket was closed"
    for one in (early, served, late):
        one.close()


def test_sockets_of_other_families_are_left_alone() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    admit_no_more(one)
    other.sendall(b"x")
    assert one.recv(1) == b"x"
    one.close()
    other.close()
