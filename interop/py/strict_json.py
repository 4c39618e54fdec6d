"""JSON as every reader must understand it in the same way: what two readers could read differently is an error."""

import json
import math
from typing import Any

MAX_DEPTH = 8


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member name")
    return members


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("number beyond double")
    return number


def _integer(text: str) -> int | float:
    # Only what is spelled as a plain count becomes an int: -0 and the like are numbers, but no integers of a record.
    number = _float(text)
    return number if text.startswith("-") else int(text)


def _constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _check(value: Any, depth: int = 1) -> None:
    if isinstance(value, str):
        value.encode()  # A lone surrogate has no UTF-8.
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        for inner in value:
            _check(inner, depth + 1)
        if isinstance(value, dict):
            for inner in value.values():
                _check(inner, depth + 1)


def parse(data: bytes) -> Any:
    """Returns the value of strict UTF-8 bytes; an `int` in it was written as `0|[1-9][0-9]*`. Raises ValueError."""
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _check(value)
    return value
