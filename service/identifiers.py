"""What may be the id of a page, over HTTP and in files: a string, a 64-bit integer, or none."""

from __future__ import annotations

__all__ = ["BITS", "identifier", "whole"]

#: Beside the sign. Numbers beyond 64 bits lose digits on the way; such an id belongs in a string.
BITS = 63

# Beyond this a float stands for several integers; orjson reads what 64 bits cannot hold as one.
_EXACT = 2.0**53


def whole(value: object) -> object:
    """JSON has one kind of number: 2.0 is the integer 2, as JSON Schema says as well."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return int(value)
    return value


def identifier(value: object) -> str | int | None:
    """The id as it is answered; None where there is none.

    Raises
    ------
    ValueError
        It is none that the service takes. The schema of a request (`service.schemas`) says the
        same in the words of pydantic, which a worker that reads files need not load.
    """
    value = whole(value)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("id must be a string or an integer")
    if not -(2**BITS) <= value < 2**BITS:
        raise ValueError("id must be a string, or an integer of 64 bits")
    return value
