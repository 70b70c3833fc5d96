"""Who may do what: by default on loopback and elsewhere, with keys and without."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.limits.access import Access, NobodyAllowed
from service.limits.keys import BadKeyFile, KeyFile
from service.settings import InvalidSetting, Settings
from service.specification import operation_of
from tests.service.serving_fake import PAGE, client

EVERYWHERE = "0.0.0.0:80"


def segment(http: FlaskClient, key: str | None = None) -> int:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return http.post(
        "/v1/segment", data=PAGE, content_type="text/plain", headers=headers
    ).status_code


def test_whoever_is_on_this_machine_needs_no_key() -> None:
    http = client()
    assert segment(http) == 200
    assert segment(http, "nonsense") == 200
    assert http.get("/v1/corrections").status_code == 404  # off, but not forbidden


def test_what_others_can_reach_does_not_start_without_keys() -> None:
    with pytest.raises(NobodyAllowed, match="storyseam keys create"):
        client(bind=EVERYWHERE)
    with pytest.raises(NobodyAllowed):
        client(anonymous="")
    with pytest.raises(BadKeyFile):
        client(bind=EVERYWHERE, keys=Path("nowhere"))


def test_keys_are_asked_for_wherever_there_are_some(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys")
    _, good = keys.create("a", ["segment"])
    _, other = keys.create("b", ["correct"])
    for bind in (EVERYWHERE, "127.0.0.1:80"):
        http = client(bind=bind, keys=keys.path)
        assert segment(http) == 401
        assert segment(http, "seam_00000000_x") == 401
        assert segment(http, other) == 403
        assert segment(http, good) == 200
        # Probes, documentation and the page for people ask for none.
        for path in ("/healthz", "/readyz", "/openapi.json", "/docs/", "/"):
            assert http.get(path).status_code == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [("bearer {}", 200), ("BEARER  {}", 200), ("Basic {}", 401), ("Bearer{}", 401), ("{}", 401)],
)
def test_the_scheme_may_be_in_any_case(tmp_path: Path, form: str, status: int) -> None:
    _, key = KeyFile(tmp_path / "keys").create("a", ["segment"])
    http = client(bind=EVERYWHERE, keys=tmp_path / "keys")
    answer = http.get("/v1/models", headers={"Authorization": form.format(key)})
    assert answer.status_code == status


def test_what_is_said_to_need_no_key_needs_none(tmp_path: Path) -> None:
    http = client(bind=EVERYWHERE, anonymous="segment, metrics")
    assert segment(http) == 200
    assert http.get("/v1/corrections").status_code == 401
    with pytest.raises(InvalidSetting, match="STORYSEAM_ANONYMOUS"):
        Settings.from_environment({"STORYSEAM_ANONYMOUS": "everything"})


def test_nobody_is_let_past_by_a_view_that_forgot_its_scope() -> None:
    http = client()
    for rule in http.application.url_map.iter_rules():
        if rule.rule.startswith("/v1/"):
            operation = operation_of(http.application.view_functions[rule.endpoint])
            assert operation is not None
            assert operation.scope is not None, rule.rule


def test_a_refusal_comes_before_the_body_is_read(tmp_path: Path) -> None:
    http = client(bind=EVERYWHERE, anonymous="correct")
    answer = http.post("/v1/segment", data=b"x" * 10, content_type="no/such")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_log_names_the_key_by_its_id_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = KeyFile(tmp_path / "keys")
    key, text = keys.create("a", ["segment"])
    http = client(keys=keys.path, log_level="info")
    logging.getLogger("storyseam").addHandler(caplog.handler)
    try:
        segment(http, text)
        segment(http, text[:-1])
    finally:
        logging.getLogger("storyseam").removeHandler(caplog.handler)
    fields = [record.fields for record in caplog.records if record.name == "storyseam.access"]
    assert [line.get("key") for line in fields] == [key.id, None]
    assert text.split("_", 2)[2][:10] not in repr([vars(record) for record in caplog.records])


def test_an_empty_scheme_is_nobody() -> None:
    access = Access(None, frozenset({"segment"}))
    assert access.caller("Bearer x") is None
    access.check("segment", None)


def test_without_keys_only_names_of_this_machine_are_answered_to(tmp_path: Path) -> None:
    """A page from elsewhere may give its own name the address of this machine."""

    def ask(http: FlaskClient, host: str) -> int:
        return http.get("/v1/models/current", base_url=f"http://{host}").status_code

    http = client()
    for host in ("localhost", "127.0.0.1:8765", "[::1]:8765", "seam.localhost:80", "newsroom"):
        assert ask(http, host) == 200
    for host in ("rebound.example", "rebound.example:8765", "127.0.0.1.rebound.example"):
        assert ask(http, host) == 403
        assert ask(client(anonymous="segment"), host) == 200
        assert ask(client(bind="unix:socket"), host) == 200
