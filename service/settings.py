"""Every setting of the service: from the environment, typed, with its default.

One row a setting in `Settings`; docs/operating.md lists the same rows and a test compares the two.
A value that is not of its type stops the service at once with a line that names the variable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from model.errors import StoryseamError
from service.addresses import check_bind, check_database, check_rate_store
from service.limits.body import Limits
from service.limits.keys import Scope

__all__ = ["PREFIX", "InvalidSetting", "Settings"]

PREFIX = "STORYSEAM_"

_SECRETS = frozenset({"corrections", "rate_store"})


class InvalidSetting(StoryseamError, ValueError):
    """An environment variable that is not of its setting's type."""

    def __init__(self, variable: str, value: str, reason: str) -> None:
        super().__init__(variable, value, reason)
        self.variable = variable
        self.value = value
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"{self.variable}={self.value!r} will not do: {self.reason}; "
            "see the table of settings in docs/operating.md"
        )


class Settings(BaseModel):
    """How one service runs. The variable of field ``name`` is ``STORYSEAM_NAME``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bind: str = Field(
        default="127.0.0.1:8765",
        description="Address and port to listen on, or `unix:PATH`.",
    )
    workers: int = Field(default=2, ge=1, le=256, description="Processes.")
    threads: int = Field(
        default=32, ge=1, le=256, description="Connections that one worker serves at a time."
    )
    timeout: int = Field(
        default=60,
        ge=1,
        le=3600,
        description="Seconds after which a request hangs, and its worker is replaced.",
    )
    max_body_bytes: int = Field(
        default=8_000_000,
        ge=1,
        description="Largest request body, or line of a batch; a larger one is refused with 413.",
    )
    max_characters: int = Field(
        default=2_000_000,
        ge=1,
        description="Longest page; a longer one is refused with 413.",
    )
    max_blocks: int = Field(
        default=50_000,
        ge=1,
        description="Most lines of a page, or sentences where line breaks were lost; a page with "
        "more is refused with 413.",
    )
    max_batch_pages: int = Field(
        default=1_000_000, ge=1, description="Most pages of one batch; the rest is not read."
    )
    body_seconds: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="Time for a body to arrive, and for a batch to stand still.",
    )
    concurrency: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Requests that one worker has in hand at a time; more are refused with 503.",
    )
    batches: int = Field(default=2, ge=1, le=256, description="How many of them may be batches.")
    rate: str | None = Field(
        default=None,
        description="What one key or address may ask for, such as `600/minute`; more gets 429.",
    )
    rate_store: SecretStr | None = Field(
        default=None,
        description="Redis that counts for all workers, `redis://…`; each for itself without.",
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] | None = Field(
        default=None,
        description="Networks whose X-Forwarded-For is believed, comma-separated.",
    )
    model: Path | None = Field(
        default=None,
        description="Directory of one model version to serve; it wins over the registry.",
    )
    registry: str | None = Field(
        default=None,
        description="Folder or URL of the registry whose champion to serve; the shipped model "
        "while it is empty.",
    )
    reload_seconds: float = Field(
        default=1.0,
        ge=0,
        le=10,
        description="Least time between two looks at the registry's champion.",
    )
    openmp_threads: int = Field(
        default=1,
        ge=1,
        le=256,
        description="OpenMP threads a worker; with 1 workers share the memory of the model.",
    )
    micro_batch: int = Field(
        default=16,
        ge=1,
        le=256,
        description="Most pages of waiting requests that are segmented in one go; 1, each alone.",
    )
    corrections: SecretStr | None = Field(
        default=None,
        description="Database of corrections, `sqlite:///FILE` or `postgresql://…`; off without.",
    )
    keys: Path | None = Field(
        default=None,
        description="File of API keys, which `storyseam keys` looks after; read again on change.",
    )
    anonymous: frozenset[Scope] | None = Field(
        default=None,
        description="Scopes that need no key. By default all on loopback without a file of keys, "
        "none elsewhere.",
    )
    sampling: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the pages to keep, for people to correct the least certain.",
    )
    sampling_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days after which a page that was kept, and that nobody corrected, goes again.",
    )
    drift: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="Share of the pages whose features are counted, to see when they change.",
    )
    tracing: bool = Field(
        default=False,
        description="Send traces by OpenTelemetry, as its own variables say; needs the extra otel.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe log line to write."
    )

    @field_validator("registry", mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return str(value) if isinstance(value, Path) else value

    @field_validator("bind")
    @classmethod
    def _known_address(cls, value: str) -> str:
        check_bind(value)
        return value

    @field_validator("corrections")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_database(value.get_secret_value())
        return value

    @field_validator("rate")
    @classmethod
    def _known_rate(cls, value: str | None) -> str | None:
        if value is not None:
            from service.limits.rates import parse  # the command line has no use for it

            parse(value)
        return value

    @field_validator("rate_store")
    @classmethod
    def _known_store(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_rate_store(value.get_secret_value())
        return value

    @field_validator("anonymous", "trusted_proxies", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return [part for each in value.split(",") if (part := each.strip())]
        return value

    @property
    def limits(self) -> Limits:
        """What is too much for one request."""
        return Limits(self.max_body_bytes, self.max_characters, self.max_blocks, self.body_seconds)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        host = self.bind.rpartition(":")[0].strip("[]")
        if self.bind.startswith("unix:") or host == "localhost":
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] | None = None, **overrides: Any
    ) -> Settings:
        """Read the settings; an empty variable counts as unset.

        Parameters
        ----------
        environ : mapping, optional
            By default the process's own environment.
        **overrides
            Values that win over the environment, such as options of the command line; None is
            no override.

        Raises
        ------
        InvalidSetting
            A value is not of its setting's type.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for name in cls.model_fields:
            if given := environ.get(PREFIX + name.upper(), ""):
                values[name] = given
        values |= {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = str(first["loc"][0])
            # Passwords and tokens are not for logs.
            shown = "…" if name in _SECRETS else str(values.get(name, ""))
            reason = first["msg"].removeprefix("Value error, ")
            reason = reason[:1].lower() + reason[1:]
            raise InvalidSetting(PREFIX + name.upper(), shown, reason) from None
