"""Everything that Storyseam refuses to do, and the command that mends it.

::

    StoryseamError
    ├── UndecodablePage          bytes that are no text in any encoding that we know of
    ├── ArtifactError            a model version on disk that will not load
    │   ├── MissingArtifact      not there, or only half of it
    │   ├── TamperedArtifact     there, but not what its card says
    │   └── IncompatibleArtifact whole, but made for other software
    └── RegistryError            a registry that will not do what was asked
        ├── BadVersionName       a name that is no plain folder name
        ├── UnknownVersion       no such version
        ├── VersionExists        versions are immutable
        ├── ChampionMoved        somebody promoted or rolled back in the meantime
        ├── NothingToRollBack    no champion before this one
        └── RegistryBusy         another job holds the lock

Each builds its own message from its arguments, and so survives being sent between processes.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "ArtifactError",
    "BadVersionName",
    "ChampionMoved",
    "IncompatibleArtifact",
    "MissingArtifact",
    "NothingToRollBack",
    "RegistryBusy",
    "RegistryError",
    "StoryseamError",
    "TamperedArtifact",
    "UndecodablePage",
    "UnknownVersion",
    "VersionExists",
]

_ANOTHER = (
    "go back to a whole one with `storyseam models rollback`, or train anew with "
    "`storyseam train --articles FILES --out DIR`"
)


class StoryseamError(Exception):
    """Base of every error that a caller of Storyseam may want to catch."""


class UndecodablePage(StoryseamError, ValueError):
    """The bytes of a page are not text in the encoding that they claim or in one that we guess."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"the page cannot be decoded: {self.reason}; send it as UTF-8, or name its encoding "
            "(Content-Type: text/html; charset=…)"
        )


class ArtifactError(StoryseamError):
    """A model version that will not load."""

    def __init__(
        self,
        directory: str | Path,
        reason: str = "what it holds is no Storyseam model",
        remedy: str | None = None,
    ) -> None:
        super().__init__(str(directory), reason, remedy)
        self.directory = Path(directory)
        self.reason = reason
        self.remedy = remedy or self._remedy()

    def _remedy(self) -> str:
        return _ANOTHER

    def __str__(self) -> str:
        return f"no usable model in {self.directory}: {self.reason}; {self.remedy}"


class MissingArtifact(ArtifactError):
    """A model version is not there, or only half of it is."""

    def _remedy(self) -> str:
        return (
            "make one with `storyseam train --articles FILES --out DIR`, or see which there are "
            "with `storyseam models list`"
        )


class TamperedArtifact(ArtifactError):
    """A model version is not what its card says: cut short, changed, or its card is unreadable."""


class IncompatibleArtifact(ArtifactError):
    """A model version was made for other versions of the libraries or of Storyseam itself."""


class RegistryError(StoryseamError):
    """A registry that will not do what was asked."""


class BadVersionName(RegistryError, ValueError):
    """A version's name must be a plain folder name, so that no path can hide in it."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version

    def __str__(self) -> str:
        return (
            f"{self.version!r} cannot name a version: use up to 100 letters, digits, '.', '_' and "
            "'-', beginning with a letter or digit, other than 'champion' and 'default'"
        )


class UnknownVersion(RegistryError, LookupError):
    """The registry holds no such version."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version

    def __str__(self) -> str:
        return f"no version {self.version!r} in the registry; see `storyseam models list`"


class VersionExists(RegistryError):
    """Versions are immutable: what is published once is never replaced."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version

    def __str__(self) -> str:
        return f"version {self.version!r} is published already; publish under another name"


class ChampionMoved(RegistryError):
    """The champion is no longer the one that the caller compared with."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(expected, found)
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return (
            f"the champion was {self.expected} when the comparison began and is now {self.found}; "
            "run `storyseam retrain` again, or decide with `storyseam models promote VERSION`"
        )


class NothingToRollBack(RegistryError):
    """The shipped model is in use; there is nothing before it."""

    def __str__(self) -> str:
        return (
            "the shipped model is in use and nothing came before it; choose a version with "
            "`storyseam models promote VERSION`"
        )


class RegistryBusy(RegistryError):
    """Another job holds the registry's lock."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder

    def __str__(self) -> str:
        return f"the registry is in use by {self.holder}; wait for it to end, then run this again"
