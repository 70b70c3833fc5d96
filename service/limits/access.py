"""Who may do what: every operation has a scope, and a request shows its key for it.

::

    Problem
    ├── Unauthorized       401  no key, or none that is known
    ├── Forbidden          403  the key is not for this
    └── OtherHost          403  without keys: asked for by a name that may be anybody's

The scope stands in the view's `Operation`, so that what is asked for and what the OpenAPI document
says cannot differ.
"""

from __future__ import annotations

from ipaddress import ip_address

from model.errors import StoryseamError
from service.errors import Problem
from service.limits.keys import SCOPES, Key, Keys, Scope
from service.settings import Settings

__all__ = ["Access", "Forbidden", "NobodyAllowed", "OtherHost", "Unauthorized"]

_SCHEME = "bearer"  # in any case (RFC 9110, 11.1)


class Unauthorized(Problem):
    """The key is missing, or nobody's."""

    status = 401
    kind = "unauthorized"
    title = "Unauthorized"

    def __init__(self) -> None:
        super().__init__(
            "Send a key of this service: -H 'Authorization: Bearer …'. "
            "Its operator makes one with `storyseam keys create`.",
            headers={"WWW-Authenticate": "Bearer"},
        )


class Forbidden(Problem):
    """The key is known, but not for this."""

    status = 403
    kind = "forbidden"
    title = "Forbidden"

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            f"This key is not for {scope!r}; its operator makes one that is with "
            f"`storyseam keys create NAME --scope {scope}`.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )


class OtherHost(Problem):
    """A page from elsewhere may have given this machine a name of its own (DNS rebinding)."""

    status = 403
    kind = "other-host"
    title = "Not by this name"

    def __init__(self) -> None:
        super().__init__(
            "Without keys this service answers to names of this machine alone: ask for it as "
            "localhost or by its address. For another name its operator sets STORYSEAM_KEYS, or "
            "STORYSEAM_ANONYMOUS for what needs no key."
        )


class NobodyAllowed(StoryseamError):
    """Others can reach the service, and nothing says who may use it."""

    def __str__(self) -> str:
        return (
            "others can reach this service, and nobody may use it: make a key with `storyseam "
            "keys create NAME --keys FILE` and set STORYSEAM_KEYS=FILE, or say what needs no key, "
            "for example STORYSEAM_ANONYMOUS=segment"
        )


class Access:
    """The rule of one service.

    Parameters
    ----------
    keys : Keys, optional
        None, nobody has a key.
    anonymous : set of scopes
        What needs none.
    here_only : bool
        Whether to answer to names of this machine alone.
    """

    def __init__(
        self, keys: Keys | None, anonymous: frozenset[Scope], *, here_only: bool = False
    ) -> None:
        self._keys = keys
        self._anonymous = anonymous
        self._here_only = here_only

    @classmethod
    def from_settings(cls, settings: Settings) -> Access:
        """The rule that the settings make.

        Raises
        ------
        NobodyAllowed
            They let nobody do anything, surely by oversight.
        BadKeyFile
            The file of keys that they name cannot be read.
        """
        anonymous = settings.anonymous
        here_only = False
        if anonymous is None:
            # Whoever is on this machine is its operator. A file of keys says that others come
            # from here as well: by way of a proxy.
            open_to_all = settings.on_loopback and settings.keys is None
            anonymous = frozenset(SCOPES if open_to_all else ())
            # No browser reaches a Unix socket, but for a proxy that has a name.
            here_only = open_to_all and not settings.bind.startswith("unix:")
        if settings.keys is None and not anonymous:
            raise NobodyAllowed
        keys = None if settings.keys is None else Keys(settings.keys)
        return cls(keys, anonymous, here_only=here_only)

    def check_host(self, host: str) -> None:
        """Refuse who asks for this service by a name that may be anybody's.

        A page from elsewhere can give its own name the address of loopback, and what it then asks
        for comes from a browser of this machine.

        Raises
        ------
        OtherHost
        """
        if self._here_only and not _is_here(host):
            raise OtherHost

    def caller(self, authorization: str) -> Key | None:
        """Whose key it is; None for nobody's."""
        scheme, _, text = authorization.partition(" ")
        if self._keys is None or scheme.lower() != _SCHEME:
            return None
        return self._keys.find(text.strip())

    def check(self, scope: Scope, key: Key | None) -> None:
        """Refuse who may not.

        Raises
        ------
        Unauthorized, Forbidden
        """
        if scope in self._anonymous:
            return
        if key is None:
            raise Unauthorized
        if not key.allows(scope):
            raise Forbidden(scope)


def _is_here(host: str) -> bool:
    """Whether a Host header has an address, or a name that nobody can register."""
    name = host.partition(":")[0].lower()
    # What begins with a bracket is an address of IPv6.
    if "." not in name or name.endswith(".localhost") or host.startswith("["):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
