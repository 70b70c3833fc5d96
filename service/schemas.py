"""What goes over HTTP, as pydantic models: they validate, and the OpenAPI document is made of them.

Requests are strict: no field that is not known, no number in a string, no true for 1. Answers are
built by `model.stories.Segmentation.to_dict`; a test holds them against the models here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from model.granularity import Granularity
from service.identifiers import BITS, whole

__all__ = [
    "NOT_BLANK",
    "WHOLE",
    "BatchAnswer",
    "BatchError",
    "Block",
    "Health",
    "ModelCard",
    "ModelList",
    "ModelSummary",
    "ProblemDocument",
    "Seam",
    "SegmentQuery",
    "SegmentRequest",
    "SegmentResponse",
    "Story",
]

_THRESHOLD = (
    "Probability from which a gap is a seam. Left out, a page is cut only if the chance that it "
    "holds a second story reaches the model's own `threshold`, and then where a seam's chance "
    "reaches `further`."
)
_EXPLAIN = "Name for every seam the groups of features that spoke for it, strongest first."
_BLOCKS = "Give every block with its label probabilities, and the text that all offsets refer to."
_GRANULARITY = "What a live blog is: one story, or one for every entry."

Threshold = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, description=_THRESHOLD)]

#: In the document alone: a page of white space is refused as `empty-page`, not as invalid.
NOT_BLANK: dict[str, Any] = {"pattern": r"\S"}


def _not_blank(schema: dict[str, Any]) -> None:
    """Say so of a field, whose default of nothing only stands for "absent"."""
    schema.pop("default", None)
    schema.update(NOT_BLANK)


#: For an integer in a request, after its bounds: the schema has them as those of a number then.
WHOLE = BeforeValidator(whole)


def _in_a_sentence(value: object, check: ValidatorFunctionWrapHandler) -> object:
    """One reason why an id is none; of a union pydantic gives one for each branch, by its name."""
    try:
        return check(value)
    except ValidationError:
        raise ValueError(f"a string, or an integer from -2**{BITS} to 2**{BITS} - 1") from None


# As `service.identifiers.identifier` has it.
Identifier = Annotated[
    StrictStr | Annotated[StrictInt, Field(ge=-(2**BITS), lt=2**BITS), WHOLE],
    WrapValidator(_in_a_sentence),
]


class SegmentQuery(BaseModel):
    """The options of a page that comes as plain text or HTML, in the query string."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: Threshold | None = None
    explain: bool = Field(default=False, description=_EXPLAIN)
    blocks: bool = Field(default=False, description=_BLOCKS)
    granularity: Granularity = Field(default="story", description=_GRANULARITY)


class SegmentRequest(BaseModel):
    """A page as JSON: exactly one of ``text`` and ``html``."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"oneOf": [{"required": ["text"]}, {"required": ["html"]}]},
    )

    # No None for "absent": {"html": null} is a mistake of the client, not a way to leave it out.
    text: StrictStr = Field(
        default="",
        description="The page as plain text.",
        examples=["A headline\n…"],
        json_schema_extra=_not_blank,
    )
    html: StrictStr = Field(
        default="", description="The page as HTML.", json_schema_extra=_not_blank
    )
    id: Identifier | None = Field(default=None, description="Comes back with the answer.")
    threshold: Annotated[Threshold, Field(strict=True)] | None = None
    explain: StrictBool = Field(default=False, description=_EXPLAIN)
    blocks: StrictBool = Field(default=False, description=_BLOCKS)
    granularity: Granularity = Field(default="story", description=_GRANULARITY)

    @model_validator(mode="after")
    def _one_page(self) -> SegmentRequest:
        given = self.model_fields_set & {"text", "html"}
        if len(given) != 1:
            raise ValueError(
                "give the page as `text` or as `html`, not both"
                if given
                else "the page is missing: give it as `text` or as `html`"
            )
        return self

    @property
    def is_html(self) -> bool:
        """Whether the page came as HTML."""
        return "html" in self.model_fields_set


class Story(BaseModel):
    """One story; ``text[start:end]`` of the page is the story exactly as it stood."""

    model_config = ConfigDict(extra="forbid")

    start: int = Field(ge=0, description="First character, in Unicode code points.")
    end: int = Field(ge=0, description="One past the last character.")
    main: bool = Field(description="Whether it is the story that the page is about.")
    headline: str | None
    byline: str | None
    published: str | None = Field(
        description="Date, ISO 8601, as far as the page's words, `<time>` and metadata give it."
    )
    updated: str | None = Field(description="The same of the last change.")
    confidence: float = Field(ge=0, le=1)
    relatedness: float = Field(ge=0, le=1, description="Likeness to the main story.")
    text: str = Field(description="The clean body, without what is hidden or deleted in the HTML.")
    published_words: str | None = Field(
        description="What stands on the page for it, such as 3 hours ago; null where nothing does."
    )
    updated_words: str | None


class Seam(BaseModel):
    """Where one story ends and an unrelated one begins."""

    model_config = ConfigDict(extra="forbid")

    offset: int = Field(ge=0, description="First character of the story after the seam.")
    probability: float = Field(ge=0, le=1)
    evidence: list[str] = Field(description="Groups of features, strongest first.")


class Block(BaseModel):
    """One line of the page (one sentence, where line breaks were lost) and what it may be."""

    model_config = ConfigDict(extra="forbid")

    start: int = Field(ge=0, description="First character, in Unicode code points.")
    end: int = Field(ge=0, description="One past the last character.")
    outside: float = Field(ge=0, le=1, description="Probability that it belongs to no story.")
    inside: float = Field(ge=0, le=1, description="Probability that a story goes on here.")
    start_probability: float = Field(ge=0, le=1, description="Probability that one starts here.")


class SegmentResponse(BaseModel):
    """The stories of one page and the seams between them."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(description="Version of the model that decided.")
    id: str | int | None = Field(default=None, description="As it was sent; absent where none was.")
    text: str | None = Field(
        default=None,
        description="The text that the offsets refer to; for HTML, and where blocks are asked for.",
    )
    stories: list[Story]
    seams: list[Seam]
    blocks: list[Block] | None = Field(default=None, description="In order; only if asked for.")


class BatchError(BaseModel):
    """A line of a batch that has no stories, or what ended the batch before its end."""

    model_config = ConfigDict(extra="forbid")

    line: int = Field(ge=1, description="Number of the line, from 1; empty ones do not count.")
    id: str | int | None = Field(description="Of the line, where it has one.")
    error: str = Field(description="What to change.")
    type: str = Field(examples=["urn:storyseam:problem:invalid"])
    status: int = Field(description="What the page alone would have been answered with.")


class BatchAnswer(RootModel[SegmentResponse | BatchError]):
    """The answer to one line."""


class Health(BaseModel):
    """The process is there; or, for readiness, it serves this model."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["alive", "ready"]
    model: str | None = Field(default=None, description="Version in use; readiness only.")


class ModelCard(BaseModel):
    """What is written beside a model: hash, libraries, data, figures and more."""

    model_config = ConfigDict(extra="allow")

    version: str
    created: str | None = None
    threshold: float | None = None
    figures: dict[str, Any] | None = None


class ModelSummary(BaseModel):
    """One version in the list."""

    model_config = ConfigDict(extra="forbid")

    version: str
    created: str | None
    threshold: float | None
    champion: bool = Field(description="Whether this version answers requests.")
    figures: dict[str, Any]
    error: str | None = Field(
        default=None, description="Why a version cannot be used; absent if it can."
    )


class ModelList(BaseModel):
    """The versions that there are."""

    model_config = ConfigDict(extra="forbid")

    models: list[ModelSummary]


class ProblemDocument(BaseModel):
    """An error, RFC 9457."""

    type: str = Field(examples=["urn:storyseam:problem:empty-page", "about:blank"])
    title: str
    status: int
    detail: str
    instance: str | None = None
    request_id: str | None = None
    errors: list[dict[str, str]] | None = None
