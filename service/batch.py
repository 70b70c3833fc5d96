"""Pages in, stories out, line by line, for as long as the client sends and reads.

Nothing is read before what came before it has been written: a client that reads slowly slows the
reading, and no more than one piece of the body, its pages and their answers are ever in memory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from model.granularity import Granularity
from model.stages import Stopwatch
from service.batch_lines import (
    Counts,
    Fault,
    Line,
    Stopping,
    TooManyPages,
    identifier_of,
    line_of,
)
from service.corrections.sampling import Sampler
from service.errors import BadBody, Problem, TooLarge
from service.limits.body import Limits
from service.limits.guard import Guard
from service.limits.intake import Submission, read_json
from service.observability.drift import Drift
from service.observability.metrics import Metrics
from service.schemas import SegmentQuery, SegmentRequest
from service.serving import ServedModel

if TYPE_CHECKING:
    from model.stories import Segmentation

__all__ = ["Batch"]

# Pages that are segmented together: most of what there is to gain, and nobody waits long for them.
_GROUP = 16
_GROUP_CHARACTERS = 400_000

_log = logging.getLogger("storyseam.batch")


@dataclass(slots=True)
class Batch:
    """One stream.

    Attributes
    ----------
    served : ServedModel
        Asked for its model with every group, which has one: a long stream follows a swap, and
        each line names the model that it is of.
    guard : Guard
        Knows of rates, of hanging and of the end of the service.
    metrics : Metrics
    sampler : Sampler
    drift : Drift
    caller : str
        Whose rate the pages count for.
    options : SegmentQuery
        For lines that do not say.
    limits : Limits
    most : int
        Pages.
    allowed : callable
        Raises once the caller may not go on: a key that was revoked stops what it has begun.
    hung_up : callable
        Whether the client has.
    """

    served: ServedModel
    guard: Guard
    metrics: Metrics
    sampler: Sampler
    drift: Drift
    caller: str
    options: SegmentQuery
    limits: Limits
    most: int
    allowed: Callable[[], None] = lambda: None
    hung_up: Callable[[], bool] = lambda: False
    counts: Counts = field(default_factory=Counts)
    watch: Stopwatch = field(default_factory=Stopwatch)

    def answers(self, found: Iterator[list[bytes | None]]) -> Iterator[bytes]:
        """The answers to the lines that come, one line each, in order.

        What ends the stream before its end is said in a last line; it never raises.
        """
        try:
            for some in found:
                groups = self._groups(some)
                while out := self._next(groups):
                    self.guard.watch.end()  # to wait for a reader is no hanging
                    yield out
                    self.guard.watch.begin()
                    if self.guard.stopping.is_set():
                        raise Stopping(self.counts.lines + 1)
        except Problem as problem:
            yield self._bad(Line(self.counts.lines + 1, problem=problem))
        except Exception:  # noqa: BLE001 - headers have gone out; a line is the only way to say it
            _log.exception("a batch ended with a fault")
            yield self._bad(Line(self.counts.lines + 1, problem=Fault()))

    def _next(self, groups: Iterator[list[Line]]) -> bytes:
        """Answers to the next group; nothing if there is none."""
        self.allowed()
        with self.watch.running():
            group = next(groups, None)
            out = b"" if group is None else self._answer(group)
        if group is not None:
            self.metrics.stages(self.watch.take(), len(group))
        return out

    def _groups(self, some: Iterable[bytes | None]) -> Iterator[list[Line]]:
        group: list[Line] = []
        characters = 0
        for raw in some:
            if raw is not None and (not raw or raw.isspace()):
                continue
            if self.counts.lines >= self.most:
                if group:
                    yield group
                raise TooManyPages(self.most)
            self.counts.lines += 1
            group.append(self._read(self.counts.lines, raw))
            page = group[-1].page
            characters += 0 if page is None else len(page.text)
            if len(group) == _GROUP or characters > _GROUP_CHARACTERS:
                yield group
                group, characters = [], 0
        if group:
            yield group

    def _read(self, number: int, raw: bytes | None) -> Line:
        line = Line(number)
        try:
            if raw is None:
                raise TooLarge(self.limits.body_bytes)
            asked = read_json(raw, SegmentRequest)
            line.id = asked.id
            line.page = Submission.asked(asked, self.options, self.limits)
        except Problem as problem:
            line.problem = problem
            line.id = identifier_of(raw)
        return line

    def _go_on(self, number: int) -> None:
        """Called while the rate makes a group wait."""
        self.guard.watch.begin()
        # What is raised here is said of the first line that has no answer.
        lines, self.counts.lines = self.counts.lines, number - 1
        if self.guard.stopping.is_set():
            raise Stopping(number)
        if self.hung_up():
            raise BadBody("The client hung up while its rate made it wait.")
        self.allowed()
        self.counts.lines = lines

    def _answer(self, group: Sequence[Line]) -> bytes:
        alive = self.guard.watch.begin
        alive()
        if self.guard.rates is not None:
            self.guard.rates.pace(self.caller, len(group), partial(self._go_on, group[0].number))
        out: list[bytes] = []
        for options, together in groupby(group, key=lambda line: line.options):
            some = list(together)
            if options is None:
                out += [self._bad(line) for line in some]
            else:
                out += self._segment(some, *options)
        return b"".join(out)

    def _segment(
        self,
        some: Sequence[Line],
        threshold: float | None,
        explain: bool,
        blocks: bool,
        granularity: Granularity,
    ) -> list[bytes]:
        submissions = [line.page for line in some if line.page is not None]
        try:
            model = self.served.current()
            pages = [each.page(self.limits) for each in submissions]
            if blocks:
                answers = [
                    model.segment(
                        page,
                        threshold=threshold,
                        explain=explain,
                        blocks=True,
                        granularity=granularity,
                    )
                    for page in pages
                ]
            else:
                answers = model.segment_many(
                    pages, threshold=threshold, explain=explain, granularity=granularity
                )
        except Exception as fault:  # noqa: BLE001 - the other pages have not deserved it
            if len(some) > 1:
                return [
                    line
                    for each in some
                    for line in self._segment([each], threshold, explain, blocks, granularity)
                ]
            if not isinstance(fault, Problem):
                _log.exception("a page of a batch could not be segmented")
            some[0].problem = fault if isinstance(fault, Problem) else Fault()
            return [self._bad(some[0])]
        # On a watch of its own: what is counted here took no part in answering.
        with Stopwatch().running():
            for each in pages:
                self.drift.offer(model, each)
        return [
            self._good(line, page, answer)
            for line, page, answer in zip(some, submissions, answers, strict=True)
        ]

    def _good(self, line: Line, page: Submission, answer: Segmentation) -> bytes:
        self.counts.stories += len(answer.stories)
        self.metrics.page(answer, len(page.text), html=page.is_html, via="batch")
        self.sampler.offer(answer, page.text if page.is_html else None)
        out: dict[str, Any] = answer.to_dict(with_text=page.is_html or page.blocks)
        if line.id is not None:
            out = {"model": out.pop("model"), "id": line.id} | out
        return line_of(out)

    def _bad(self, line: Line) -> bytes:
        assert line.problem is not None
        self.counts.bad += 1
        self.metrics.bad_line()
        problem = line.problem
        if isinstance(problem, Fault):
            self.metrics.fault()
        return line_of(
            {
                "line": line.number,
                "id": line.id,
                "error": problem.detail,
                "type": f"urn:storyseam:problem:{problem.kind}",
                "status": problem.status,
            }
        )
