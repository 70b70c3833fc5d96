"""Variables of the environment that are meant as settings, and are none.

Only those are told of that are nearly one: an orchestrator makes others with the same beginning,
as Kubernetes makes STORYSEAM_PORT and STORYSEAM_SERVICE_HOST for a service of this name.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from service.settings import PREFIX, Settings

__all__ = ["misspelt"]

# Share of letters in common: KEY and KEYS have 0.86, LOGLEVEL and LOG_LEVEL 0.94, MAX_BODY and
# MAX_BODY_BYTES 0.73; SHARED, which our tests read, and THREADS 0.62.
_ALIKE = 0.7


def misspelt(environ: Mapping[str, str]) -> dict[str, str]:
    """Variables that no setting has, and of each the one that it is nearest to.

    >>> misspelt({"STORYSEAM_WORKER": "4", "STORYSEAM_PORT": "tcp://10.0.0.1:80"})
    {'STORYSEAM_WORKER': 'STORYSEAM_WORKERS'}
    """
    known = {name.upper() for name in Settings.model_fields}
    found = {}
    for variable in sorted(environ):
        beginning, name = variable[: len(PREFIX)], variable[len(PREFIX) :]
        if beginning.upper() != PREFIX or (beginning == PREFIX and name in known):
            continue
        # What begins with the name in small letters is read by nobody either.
        if near := get_close_matches(name.upper(), known, n=1, cutoff=_ALIKE):
            found[variable] = PREFIX + near[0]
    return found
