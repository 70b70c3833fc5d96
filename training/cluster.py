"""Training on a Dask cluster: what runs in processes side by side runs on its workers instead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import joblib

from model.errors import StoryseamError

__all__ = ["NoCluster", "on_cluster"]

_PATIENCE = 30


class NoCluster(StoryseamError):
    """There is no cluster to train on, or no package to reach one with."""


@contextmanager
def on_cluster(address: str | None) -> Iterator[None]:
    """Have joblib use the workers of a cluster, which need Storyseam of the same version.

    Pages are composed, features measured, the trees of all looks and the reviewers fitted on the
    workers; what is learned of words, the threshold and the learning curve come to be here.

    Parameters
    ----------
    address : str, optional
        Of the scheduler, such as ``tcp://host:8786``; without one everything stays here.

    Raises
    ------
    NoCluster
    """
    if address is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError:
        raise NoCluster(
            "--dask needs Dask; install it with: pip install 'storyseam[dask]'"
        ) from None
    try:
        client = Client(address, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise NoCluster(
            f"no Dask scheduler at {address}: {error}. Start one with `dask scheduler`, and "
            "workers with `dask worker ADDRESS`."
        ) from error
    with client, joblib.parallel_config(backend="dask", wait_for_workers_timeout=_PATIENCE):
        yield
