"""Which variables of the environment are taken for settings with a typing error."""

from __future__ import annotations

import pytest

from service.misspelt import misspelt
from service.settings import PREFIX, Settings


@pytest.mark.parametrize(
    ("variable", "near"),
    [
        ("STORYSEAM_WORKER", "STORYSEAM_WORKERS"),
        ("STORYSEAM_LOGLEVEL", "STORYSEAM_LOG_LEVEL"),
        ("STORYSEAM_MAX_BODY", "STORYSEAM_MAX_BODY_BYTES"),
        ("STORYSEAM_TRUSTED_PROXY", "STORYSEAM_TRUSTED_PROXIES"),
        ("STORYSEAM_KEY", "STORYSEAM_KEYS"),
        ("storyseam_keys", "STORYSEAM_KEYS"),
    ],
)
def test_what_is_nearly_a_setting_is_told_of(variable: str, near: str) -> None:
    assert misspelt({variable: "x"}) == {variable: near}


def test_what_is_a_setting_or_something_else_is_not() -> None:
    others = ["PORT", "SERVICE_HOST", "SERVICE_PORT", "PORT_8765_TCP_ADDR", "SHARED", "EXAMPLES"]
    names = [*(name.upper() for name in Settings.model_fields), *others]
    assert misspelt(dict.fromkeys((PREFIX + name for name in names), "x")) == {}
    assert misspelt({"WORKERS": "2", "STORY": "x", "PATH": "/bin"}) == {}
