"""Settings: typed, from the environment, and each of them in docs/operating.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.settings import PREFIX, InvalidSetting, Settings

OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"


def test_every_setting_is_documented_with_its_default() -> None:
    rows = OPERATING.read_text(encoding="utf-8").splitlines()
    for name, field in Settings.model_fields.items():
        variable = PREFIX + name.upper()
        row = [line for line in rows if line.startswith(f"| `{variable}`")]
        assert len(row) == 1, f"{variable} needs one row in {OPERATING.name}"
        if field.default is not None:
            assert f"`{field.default}`" in row[0], f"the default of {variable} is {field.default}"


def test_no_setting_is_documented_that_is_not_there() -> None:
    lines = OPERATING.read_text(encoding="utf-8").splitlines()
    documented = {line.split("`")[1] for line in lines if line.startswith(f"| `{PREFIX}")}
    assert documented == {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_environment_is_read_and_an_override_wins() -> None:
    environ = {"STORYSEAM_WORKERS": "3", "STORYSEAM_TIMEOUT": "", "STORYSEAM_OTHER": "x"}
    settings = Settings.from_environment(environ, bind="127.0.0.1:1", workers=None)
    assert (settings.workers, settings.timeout, settings.bind) == (3, 60, "127.0.0.1:1")
    assert Settings.from_environment(environ, workers=5).workers == 5


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STORYSEAM_WORKERS", "many"),
        ("STORYSEAM_WORKERS", "0"),
        ("STORYSEAM_BIND", "nowhere"),
        ("STORYSEAM_MAX_BODY_BYTES", "-1"),
        ("STORYSEAM_LOG_LEVEL", "loud"),
        ("STORYSEAM_SAMPLING_DAYS", "0"),
        ("STORYSEAM_SAMPLING", "1.5"),
    ],
)
def test_a_wrong_value_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        Settings.from_environment({variable: value})
    assert str(caught.value).startswith(f"{variable}={value!r}")
    assert "docs/operating.md" in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STORYSEAM_CORRECTIONS", "mysql://desk:hush-hush@db/seams"),
        # What a driver would take for a host or a port, and quote in the log.
        ("STORYSEAM_CORRECTIONS", "postgresql://desk:so@hush-hush@db/seams"),
        ("STORYSEAM_CORRECTIONS", "postgresql://desk:so@hu:hush@db/seams"),
        ("STORYSEAM_CORRECTIONS", "postgresql+psycopg://desk:so@hush/hush@db/seams"),
        ("STORYSEAM_CORRECTIONS", "postgresql://db:hush/seams"),
        ("STORYSEAM_RATE_STORE", "redis://:hush/hush@cache:6379"),
        ("STORYSEAM_RATE_STORE", "redis://:hush#hush@cache:6379"),
        ("STORYSEAM_RATE_STORE", "redis://:12/hush@cache:6379"),
        ("STORYSEAM_RATE_STORE", "rediss://:[hush]@cache:6379"),
    ],
)
def test_a_secret_is_never_shown(variable: str, value: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        Settings.from_environment({variable: value})
    assert variable in str(caught.value)
    assert "hush" not in str(caught.value) + repr(caught.value)
    good = Settings.from_environment({}, corrections="postgresql://desk:hush-hush@db/seams")
    assert "hush" not in f"{good} {good!r}"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STORYSEAM_CORRECTIONS", "postgresql://desk:a%40b@db:5432/seams?sslmode=require"),
        ("STORYSEAM_CORRECTIONS", "postgresql://desk:a/b#c:d@[::1]:5432/seams"),
        # As some hosts name their users.
        ("STORYSEAM_CORRECTIONS", "postgresql://desk@db:password@db/seams"),
        ("STORYSEAM_CORRECTIONS", "postgresql:///seams?host=/run/postgresql"),
        ("STORYSEAM_RATE_STORE", "redis://desk:a%2Fb@cache:6379/0?password=a@b"),
        ("STORYSEAM_RATE_STORE", "redis://[::1]:6379"),
        ("STORYSEAM_RATE_STORE", "redis+unix:///run/redis@1.sock"),
    ],
)
def test_an_address_may_be_all_that_its_driver_takes(variable: str, value: str) -> None:
    name = variable.removeprefix(PREFIX).lower()
    settings = Settings.from_environment({variable: value})
    assert getattr(settings, name).get_secret_value() == value


@pytest.mark.parametrize(
    ("bind", "local"),
    [
        ("127.0.0.1:80", True),
        ("127.8.8.8:80", True),
        ("[::1]:80", True),
        ("localhost:80", True),
        ("unix:/run/s", True),
        ("0.0.0.0:80", False),
        ("[::]:80", False),
        ("10.0.0.1:80", False),
        ("example.org:80", False),
    ],
)
def test_loopback_is_known(bind: str, local: bool) -> None:
    assert Settings(bind=bind).on_loopback is local


def test_a_port_that_there_cannot_be_is_one_line() -> None:
    with pytest.raises(InvalidSetting, match="up to 65535"):
        Settings.from_environment({}, bind="127.0.0.1:65536")


def test_an_address_of_ipv6_without_brackets_is_one_line() -> None:
    with pytest.raises(InvalidSetting, match=r"brackets, as \[::1\]:8765"):
        Settings.from_environment({}, bind="::1:8765")
