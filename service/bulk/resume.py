"""Where a run begins: at the checkpoint of an earlier sitting, or anew."""

from __future__ import annotations

from typing import Any

from service.bulk.checkpoint import Checkpoint, check_same, load_checkpoint, save_checkpoint
from service.bulk.errors import OutputError
from service.bulk.sinks import Sink

__all__ = ["CHECKPOINT_BYTES", "begin"]

# A piece of output ends here, however few pages it holds.
CHECKPOINT_BYTES = 64_000_000


def begin(
    identity: dict[str, Any], options: dict[str, Any], sink: Sink, *, restart: bool
) -> Checkpoint:
    """The checkpoint to go on from, with the output cut back to it; a new one at the beginning.

    Raises
    ------
    BulkError
        The output belongs to something else.
    """
    there = sink.exists()  # which refuses a folder of somebody else's, for a new beginning as well
    found = None
    if sink.durable and not restart:  # one that cannot be used says itself: begin anew
        found = load_checkpoint(sink.store, sink.checkpoint_name)
    if found is not None and any(found.output.values()) and not there:
        found = None  # somebody removed the output, and wants a new one
    elif found is None and not restart:
        _refuse_what_is_there(sink, there)
    if found is None:
        fresh = Checkpoint(identity, options)
        fresh.summary.model = str(options["model"])
        if sink.durable:
            save_checkpoint(sink.store, sink.checkpoint_name, fresh)
        sink.clear()
        return fresh
    check_same(found, identity, options)
    if found.output:
        sink.resume(found.output)
    else:
        sink.clear()
    found.summary.resumed = found.summary.pages + found.summary.errors
    return found


def _refuse_what_is_there(sink: Sink, there: bool) -> None:
    """Refuse to overwrite what no checkpoint says is ours."""
    if there:
        raise OutputError(
            f"{sink.place} is there already and is not the output of a bulk run that could go on. "
            "Choose another --out, or overwrite it with --restart."
        )
    if (listed := sink.listed()) is not None:
        raise OutputError(
            f"{listed} is there already, and the run would put its own list of bad pages in its "
            "place. Move it away, choose another --out, or overwrite it with --restart."
        )
