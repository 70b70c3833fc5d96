"""`/`: the page where people see the seams and correct them; its scripts, styles and examples.

The page runs under a policy that lets nothing in but its own files. What people paste is shown by
``textContent`` alone, and browsers that know Trusted Types refuse anything else.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

__all__ = ["EXAMPLES", "POLICY", "WEB", "web_page"]

web_page = Blueprint("web_page", __name__)

WEB = Path(__file__).parent / "web"
EXAMPLES = Path(__file__).parent / "examples"

#: What the page may do: run and wear its own files, and talk to the service that it came from.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), clipboard-read=(), clipboard-write=(self), geolocation=(), microphone=(), "
        "payment=(), usb=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Asked for again every time, answered with 304: a new release is seen at once.
    "Cache-Control": "no-cache",
}
# Named here and not guessed: some systems' tables give scripts a type that browsers refuse.
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@web_page.get("/")
def home() -> Response:
    """The page."""
    return _sent(WEB, "index.html", "text/html; charset=utf-8")


@web_page.get("/web/<name>")
def asset(name: str) -> Response:
    """A script, a style or the icon of the page."""
    kind = _TYPES.get(Path(name).suffix)
    if kind is None:
        abort(404)
    return _sent(WEB, name, kind)


@web_page.get("/web/examples/<name>")
def example(name: str) -> Response:
    """An example page; as plain text, so that none of them ever runs here."""
    return _sent(EXAMPLES, name, "text/plain; charset=utf-8")


def _sent(folder: Path, name: str, kind: str) -> Response:
    response = send_from_directory(folder, name)
    response.headers["Content-Type"] = kind
    response.headers.update(_HEADERS)
    return response
