"""Who may do what only the administrator may: whoever sends the service's token.

::

    Problem
    ├── Unauthorized       401  the token is missing or wrong
    └── NoAdministrator    403  there is no token, and others can reach the service
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, request

from service.errors import Problem

__all__ = ["NoAdministrator", "Unauthorized", "only_administrator"]

View = TypeVar("View", bound=Callable[..., Response])


class Unauthorized(Problem):
    """The token is missing or wrong."""

    status = 401
    kind = "unauthorized"
    title = "Unauthorized"

    def __init__(self) -> None:
        super().__init__(
            "Send the administrator's token: -H 'Authorization: Bearer …'.",
            headers={"WWW-Authenticate": "Bearer"},
        )


class NoAdministrator(Problem):
    """The service can be reached from elsewhere, and nobody has a token."""

    status = 403
    kind = "no-administrator"
    title = "Forbidden"

    def __init__(self) -> None:
        super().__init__(
            "Reading and removing what is stored needs a token where the service does not listen "
            "on loopback only; start it with STORYSEAM_ADMIN_TOKEN."
        )


def only_administrator(token: str | None, trusted: bool) -> Callable[[View], View]:
    """A decorator of views that refuses everybody else.

    Parameters
    ----------
    token : str, optional
        What the administrator sends as a bearer token.
    trusted : bool
        Whether everybody who can reach the service is its administrator if there is no token.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(**arguments: Any) -> Response:
            _check(token, trusted)
            return view(**arguments)

        return cast(View, checked)

    return decorate


def _check(token: str | None, trusted: bool) -> None:
    if token is None:
        if not trusted:
            raise NoAdministrator
        return
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Unauthorized
