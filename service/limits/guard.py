"""What every request has to pass before its view runs and its body is read: key, rate, room."""

from __future__ import annotations

import threading
from functools import partial
from typing import cast

from flask import Flask, Response, current_app, g, request

from service.limits.access import Access
from service.limits.body import WATCH
from service.limits.callers import Clients
from service.limits.keys import SCOPES, Scope
from service.limits.rates import Rates
from service.limits.room import Room, Watch
from service.observability.logs import note
from service.settings import Settings
from service.specification import Operation, operation_of

__all__ = ["Guard"]

_EXTENSION = "storyseam_guard"

# Lines that other requests may have in hand beside the longest page that is taken: pages of news
# have a hundred each.
_OTHER_LINES = 20_000


class Guard:
    """The gate of one worker.

    Attributes
    ----------
    rates : Rates, optional
        None, nobody is held to any.
    batches : Room
        Of streams, which stay long.
    lines : Room
        Of the lines of single pages: eight pages of 50,000 at a time took a worker 2.9 GB, and
        on a busy machine over a minute, after which a request counts as hanging. Of a batch one
        long page is looked at at a time.
    stored : Room
        Of requests that wait for the database of corrections, half of all: however long it is
        locked, pages are taken.
    watch : Watch
        Sees requests that hang.
    stopping : threading.Event
        Set when the worker has been told to end: streams end at their next line.
    """

    def __init__(self, access: Access, settings: Settings) -> None:
        self._access = access
        self._clients = Clients(settings.trusted_proxies or ())
        self._room = Room(settings.concurrency)
        self._seconds = settings.body_seconds
        self.rates = Rates.from_settings(settings)
        self.batches = Room(settings.batches)
        self.lines = Room(settings.max_blocks + _OTHER_LINES)
        self.stored = Room(max(1, settings.concurrency // 2))
        self.watch = Watch(settings.timeout)
        self.stopping = threading.Event()

    @classmethod
    def open(cls) -> Guard:
        """One that lets everybody in, with default limits; for tests of a single blueprint."""
        return cls(Access(None, frozenset(SCOPES)), Settings())

    @classmethod
    def of(cls, app: Flask) -> Guard:
        """The gate of an application."""
        return cast(Guard, app.extensions[_EXTENSION])

    def register(self, app: Flask) -> None:
        """Stand before every view of an application."""
        app.extensions[_EXTENSION] = self
        app.before_request(self._admit)
        app.teardown_request(self._leave)

    def _admit(self) -> None:
        # A client that neither sends nor reads must not hold a thread for ever.
        if (connection := request.environ.get("gunicorn.socket")) is not None:
            connection.settimeout(self._seconds)
        self.watch.begin()
        request.environ[WATCH] = self.watch
        endpoint = request.endpoint
        operation = operation_of(current_app.view_functions[endpoint]) if endpoint else None
        if operation is not None and operation.scope is not None:
            self._check(operation)

    def _check(self, operation: Operation) -> None:
        assert operation.scope is not None
        self._access.check_host(request.headers.get("Host", ""))
        authorization = request.headers.get("Authorization", "")
        g.storyseam_allowed = partial(self._allow_on, operation.scope, authorization)
        key = self._access.caller(authorization)
        if key is not None:
            g.storyseam_caller = f"key {key.id}"
            note(key=key.id)
        else:
            peer = request.environ.get("REMOTE_ADDR", "")
            forwarded = request.headers.get("X-Forwarded-For", "")
            g.storyseam_caller = self._clients.name(peer, forwarded)
        if not operation.limited:
            self._access.check(operation.scope, key)
            return
        # Before the key is refused: whoever guesses at keys is held to the rate as well.
        if self.rates is not None:
            self.rates.hit(g.storyseam_caller)
        self._access.check(operation.scope, key)
        self.take(self._room)

    def _allow_on(self, scope: Scope, authorization: str) -> None:
        """Refuse whose key has been revoked since his request began; a stream asks now and then."""
        self._access.check(scope, self._access.caller(authorization))

    def take(self, room: Room, places: int = 1) -> None:
        """Enter a room until the request is at its end.

        Raises
        ------
        Busy
        """
        room.enter(places)
        g.setdefault("storyseam_rooms", []).append((room, places))

    def stream(self, response: Response) -> None:
        """Keep the places of a request until its answer, which is still to be made, is closed."""
        rooms: list[tuple[Room, int]] = g.pop("storyseam_rooms", [])
        g.storyseam_streamed = True

        def close() -> None:
            self.watch.end()
            for room, places in rooms:
                room.leave(places)

        response.call_on_close(close)

    def _leave(self, _error: BaseException | None) -> None:
        if not g.pop("storyseam_streamed", False):
            self.watch.end()
        rooms: list[tuple[Room, int]] = g.pop("storyseam_rooms", [])
        for room, places in rooms:
            room.leave(places)
