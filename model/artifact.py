"""One model version on disk: ``model.joblib`` and ``card.json``, verified before it is unpickled.

A pickle runs code, and a pickle that outlives its libraries breaks in ways that nobody can read.
So `load` compares the card with this installation and the bytes with the card first, and unpickles
the very bytes that it hashed. The hash proves that the file is the one that its card belongs to;
it is no signature: whoever can write both files can have the model replaced, so keep a registry
writable only by those who may deploy.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import secrets
import shutil
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import joblib
from sklearn.exceptions import InconsistentVersionWarning

from model.errors import IncompatibleArtifact, MissingArtifact, TamperedArtifact

__all__ = [
    "CARD_FILE",
    "FORMAT",
    "MODEL_FILE",
    "amend",
    "libraries",
    "load",
    "parse_card",
    "read_card",
    "save",
    "sync_directory",
    "verify",
    "write_file",
]

#: Version of the layout of these two files; raise it when a newer Storyseam could not read an
#: older one, and keep a test for every version that can still be read.
FORMAT = 1

MODEL_FILE = "model.joblib"
CARD_FILE = "card.json"

# zlib at 9 is 6 % smaller than at 3, takes 6 s to write and loads as fast; lzma is 12 % smaller
# still and takes twice as long to load.
_COMPRESS = ("zlib", 9)

# How much of a version must agree. scikit-learn promises nothing between minor releases; NumPy,
# SciPy and joblib keep reading their pickles within a major one.
_AGREE = {"scikit-learn": 2, "numpy": 1, "scipy": 1, "joblib": 1}

_RETRAIN = "train anew with `storyseam train --articles FILES --out DIR`"

_REQUIRED: dict[str, type] = {
    "format": int,
    "version": str,
    "sha256": str,
    "size": int,
    "libraries": dict,
    "feature_table": str,
}


def libraries() -> dict[str, str]:
    """Versions of Python and of the libraries that a pickle depends on, here and now."""
    return {"python": platform.python_version()} | {name: version(name) for name in _AGREE}


def save(payload: object, directory: str | Path, card: Mapping[str, Any]) -> dict[str, Any]:
    """Write a model version; a directory that is new appears whole or not at all.

    Into a directory that exists already both files are replaced one after the other, each
    atomically; killed in between, `load` refuses the mismatch until the next `save`.

    Parameters
    ----------
    payload : object
        Anything that joblib can pickle.
    directory : path
    card : mapping
        JSON values; needs ``version`` and ``feature_table``. ``format``, ``sha256``, ``size``,
        ``libraries`` and, where it is missing, ``created`` are filled in here.

    Returns
    -------
    dict
        The card as written.

    Raises
    ------
    ValueError
        The card lacks something or holds what JSON cannot.
    OSError
        The disk is full or not writable; nothing half-written is left behind.
    """
    directory = Path(directory)
    buffer = io.BytesIO()
    joblib.dump(payload, buffer, compress=_COMPRESS)
    model = buffer.getvalue()
    full = dict(card) | {
        "format": FORMAT,
        "sha256": hashlib.sha256(model).hexdigest(),
        "size": len(model),
        "libraries": libraries(),
    }
    full.setdefault("created", datetime.now(UTC).isoformat(timespec="seconds"))
    if lacking := _lacking(full):
        raise ValueError(f"a card needs {lacking}")
    text = _encode(full)

    directory.parent.mkdir(parents=True, exist_ok=True)
    partial = directory.parent / f".tmp-{os.getpid()}-{secrets.token_hex(4)}"
    # Not mkdtemp: it would make the directory unreadable to the service's own user.
    partial.mkdir()
    try:
        write_file(partial / MODEL_FILE, model)
        write_file(partial / CARD_FILE, text)
        sync_directory(partial)
        if directory.exists():
            os.replace(partial / MODEL_FILE, directory / MODEL_FILE)
            os.replace(partial / CARD_FILE, directory / CARD_FILE)
            sync_directory(directory)
        else:
            os.rename(partial, directory)
        sync_directory(directory.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return full


def load(
    directory: str | Path, *, expected_feature_table: str | None = None
) -> tuple[object, dict[str, Any]]:
    """Read a model version, after everything that can be checked has been.

    Parameters
    ----------
    directory : path
    expected_feature_table : str, optional
        Hash of the feature table of the code that will use the model.

    Returns
    -------
    payload, card

    Raises
    ------
    MissingArtifact
        The directory or one of its two files is not there.
    TamperedArtifact
        The card is not a card, or the model is not the one that it describes.
    IncompatibleArtifact
        Made with other libraries, another feature table or a newer Storyseam.
    """
    directory = Path(directory)
    card, model = verify(directory, expected_feature_table=expected_feature_table)
    try:
        with warnings.catch_warnings():
            # Patch releases differ without harm; the releases that do not were refused above.
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            payload = joblib.load(io.BytesIO(model))
    except Exception as error:  # whole by its hash, and yet unpickling raises whatever it likes
        raise IncompatibleArtifact(
            directory, f"it does not fit this Storyseam ({error!r})", _RETRAIN
        ) from error
    return payload, card


def read_card(directory: str | Path) -> dict[str, Any]:
    """The card alone, checked for its shape but not against the model."""
    directory = Path(directory)
    if not directory.is_dir():
        raise MissingArtifact(directory, "there is no such directory")
    try:
        raw = (directory / CARD_FILE).read_bytes()
    except FileNotFoundError:
        raise MissingArtifact(directory, f"{CARD_FILE} is missing") from None
    return parse_card(raw, directory)


def parse_card(raw: bytes, directory: Path) -> dict[str, Any]:
    """A card from its bytes, checked for its shape; errors name the directory."""
    try:
        card = json.loads(raw)
    except ValueError as error:
        raise TamperedArtifact(directory, f"{CARD_FILE} is not JSON ({error})") from None
    if not isinstance(card, dict):
        raise TamperedArtifact(directory, f"{CARD_FILE} is not a JSON object")
    if lacking := _lacking(card):
        raise TamperedArtifact(directory, f"{CARD_FILE} lacks {lacking}")
    return card


def verify(
    directory: str | Path, *, expected_feature_table: str | None = None
) -> tuple[dict[str, Any], bytes]:
    """The card, and the bytes that it vouches for; raises as `load` does, unpickles nothing."""
    directory = Path(directory)
    card = read_card(directory)
    if card["format"] > FORMAT or card["format"] < 1:
        raise IncompatibleArtifact(
            directory,
            f"its format is {card['format']} and this Storyseam reads up to {FORMAT}",
            "upgrade with `pip install --upgrade storyseam`",
        )
    _check_libraries(directory, card)
    if expected_feature_table is not None and card["feature_table"] != expected_feature_table:
        raise IncompatibleArtifact(
            directory,
            "it was trained on another feature table than this Storyseam's",
            _RETRAIN,
        )
    path = directory / MODEL_FILE
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            # Before the read: whatever stands there, no more than the card's size is fetched.
            if size != card["size"]:
                what = "cut short" if size < card["size"] else "longer than it was"
                raise TamperedArtifact(
                    directory, f"{MODEL_FILE} is {what} ({size} bytes of {card['size']})"
                )
            model = file.read()
    except FileNotFoundError:
        raise MissingArtifact(directory, f"{MODEL_FILE} is missing") from None
    if hashlib.sha256(model).hexdigest() != card["sha256"]:
        raise TamperedArtifact(directory, f"{MODEL_FILE} has changed since its card was written")
    return card, model


def amend(directory: str | Path, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Add to the card of a version that is not published yet, such as its figures."""
    directory = Path(directory)
    card = read_card(directory)
    if taken := sorted(set(extra) & set(_REQUIRED)):
        raise ValueError(f"a card's {', '.join(taken)} cannot be amended")
    card |= extra
    partial = directory / f".tmp-{CARD_FILE}"
    try:
        write_file(partial, _encode(card))
        os.replace(partial, directory / CARD_FILE)
        sync_directory(directory)
    finally:
        partial.unlink(missing_ok=True)
    return card


def write_file(path: Path, data: bytes) -> None:
    """Write bytes and see them on the disk before returning."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    """Make renames inside a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _encode(card: Mapping[str, Any]) -> bytes:
    text = json.dumps(card, ensure_ascii=False, indent=1, allow_nan=False)
    return text.encode("utf-8") + b"\n"


def _lacking(card: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} ({kind.__name__})"
        for name, kind in _REQUIRED.items()
        if not isinstance(card.get(name), kind)
    )


def _check_libraries(directory: Path, card: Mapping[str, Any]) -> None:
    for name, parts in _AGREE.items():
        made_with = str(card["libraries"].get(name, "none"))
        try:
            here = version(name)
        except PackageNotFoundError:  # pragma: no cover - this module imports two of them
            here = "none"
        if made_with.split(".")[:parts] != here.split(".")[:parts]:
            raise IncompatibleArtifact(
                directory,
                f"it was made with {name} {made_with} and this is {name} {here}",
                f"{_RETRAIN}, or go back with `pip install '{name}=={made_with}'`",
            )
