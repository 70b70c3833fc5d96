"""Who a request comes from, where proxies stand between.

``X-Forwarded-For`` is a list that every proxy lengthens, and that anybody can begin. It is read
from its end, and only as far as those who wrote it are trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

__all__ = ["Clients"]

# Hosts of IPv6 have a network of this size each, and may use any address of it.
_ONE_HOST = 64

# An address of IPv6 in brackets, with a port or without; any other with a port.
_WITH_PORT = re.compile(r"\[([^\[\]]+)\](?::[0-9]{1,5})?|([^:\[\]]+):[0-9]{1,5}")


class Clients:
    """Tells clients apart.

    Parameters
    ----------
    proxies : iterable of networks
        Whose word is taken for where a request came from.
    """

    def __init__(self, proxies: Iterable[IPv4Network | IPv6Network] = ()) -> None:
        self._proxies = tuple(proxies)

    def name(self, peer: str, forwarded_for: str) -> str:
        """What stands for the client of a request.

        Parameters
        ----------
        peer : str
            Address at the other end of the connection; empty for a Unix socket, whose other end is
            a proxy of this machine.
        forwarded_for : str
            ``X-Forwarded-For``, all of them joined by commas; addresses may have ports.

        Returns
        -------
        str
            An IPv4 address, an IPv6 network of one host, or ``local``.
        """
        at = peer
        for hop in map(_without_port, reversed(forwarded_for.split(","))):
            if not self._trusted(at) or not _is_address(hop):
                break
            at = hop
        return _host(at)

    def _trusted(self, address: str) -> bool:
        if not address:
            return True
        try:
            found = _address(address)
        except ValueError:
            return False
        return any(found in network for network in self._proxies)


def _without_port(hop: str) -> str:
    """A hop without what some proxies put around it: [2001:db8::1]:443, 192.0.2.1:5678."""
    hop = hop.strip()
    found = _WITH_PORT.fullmatch(hop)
    return hop if found is None else found[1] or found[2]


def _address(given: str) -> IPv4Address | IPv6Address:
    """An address; a socket for both kinds gives those of IPv4 as ::ffff:192.0.2.1."""
    found = ip_address(given)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_address(given: str) -> bool:
    try:
        ip_address(given)
    except ValueError:
        return False
    return True


def _host(address: str) -> str:
    try:
        found = _address(address)
    except ValueError:
        return "local"
    if isinstance(found, IPv6Address):
        return str(ip_network((int(found), _ONE_HOST), strict=False))
    return str(found)
