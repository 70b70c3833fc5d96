"""What goes over HTTP about corrections, as pydantic models; see `service.schemas` for the rest."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    WithJsonSchema,
    model_validator,
)

from service.schemas import NOT_BLANK, WHOLE

__all__ = [
    "MOST_LINES",
    "MOST_SUGGESTIONS",
    "CorrectionRequest",
    "ExportQuery",
    "PageHistory",
    "SavedCorrection",
    "StoredCorrection",
    "SuggestQuery",
    "Suggestion",
    "Suggestions",
]

MOST_LINES = 1000
MOST_SUGGESTIONS = 100

Offset = Annotated[StrictInt, Field(ge=0), WHOLE]
# As a list of two and not as a tuple of two items: every tool can read that.
Span = Annotated[
    tuple[Offset, Offset],
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "minItems": 2,
            "maxItems": 2,
        }
    ),
]


def _given(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: NOT_BLANK}}


class CorrectionRequest(BaseModel):
    """A page, as ``text`` or as ``html``, and where its stories start."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"oneOf": [_given("text"), _given("html")]},
    )

    text: StrictStr = Field(default="", description="The page as plain text.")
    html: StrictStr = Field(
        default="", description="The page as HTML; offsets refer to the `text` of /v1/segment."
    )
    starts: list[Offset] = Field(
        max_length=10_000,
        description="Every story's first character, the first story's included; none, no story.",
    )
    outside: list[Span] = Field(
        default_factory=list, max_length=10_000, description="What belongs to no story, if known."
    )
    url: StrictStr = Field(default="", max_length=4000, description="Where the page came from.")
    lang: StrictStr = Field(default="und", max_length=35, description="Language, BCP 47.")
    who: StrictStr = Field(default="", max_length=1000, description="Free text.")
    why: StrictStr = Field(default="", max_length=10_000, description="Free text.")

    @model_validator(mode="after")
    def _one_page(self) -> CorrectionRequest:
        given = [name for name in ("text", "html") if getattr(self, name).strip()]
        if len(given) != 1:
            raise ValueError("give the page as `text` or as `html`, one of them")
        return self

    @property
    def is_html(self) -> bool:
        """Whether the page came as HTML; the other of the two may hold white space."""
        return bool(self.html.strip())

    @property
    def page(self) -> str:
        """The page as it came."""
        return self.html if self.is_html else self.text


class SavedCorrection(BaseModel):
    """That it is stored, and what the model had said."""

    model_config = ConfigDict(extra="forbid")

    page: str = Field(description="Name of the page in this store.")
    revision: int = Field(description="Grows with every correction.")
    starts: list[int]
    model: str
    prediction: list[int] = Field(description="Story starts that the model predicted.")


class StoredCorrection(BaseModel):
    """A labelled page, and who said so when: one line of the export."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="Name of the page in this store.")
    text: str
    starts: list[int]
    outside: list[Span]
    kind: str
    lang: str
    outlets: list[str] = Field(description="The site that the page came from, if known.")
    html: str | None = Field(default=None, description="As it was sent; absent for plain text.")
    who: str
    why: str
    model: str
    prediction: list[int] = Field(description="Story starts that the model had predicted.")
    revision: int
    created: str | None = Field(description="Date and time, ISO 8601.")


class PageHistory(BaseModel):
    """Everything that was said of one page, the earliest first."""

    model_config = ConfigDict(extra="forbid")

    page: str
    revisions: list[StoredCorrection]


class Suggestion(BaseModel):
    """A page that a person should look at."""

    model_config = ConfigDict(extra="forbid")

    page: str
    text: str
    html: str | None = None
    model: str
    prediction: list[int]
    uncertainty: float = Field(ge=0, le=1)


class Suggestions(BaseModel):
    """Stored pages, the least certain first."""

    model_config = ConfigDict(extra="forbid")

    pages: list[Suggestion]


class ExportQuery(BaseModel):
    """Which part of the export."""

    after: int = Field(default=0, ge=0, lt=2**63, description="Give what came after this revision.")
    limit: int = Field(default=100, ge=0, le=MOST_LINES, description="Most lines to give.")


class SuggestQuery(BaseModel):
    """How many suggestions."""

    limit: int = Field(default=20, ge=0, le=MOST_SUGGESTIONS, description="Most pages to give.")
