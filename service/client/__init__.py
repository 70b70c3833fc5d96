"""`from service.client import Storyseam`: the API from Python, typed; blocking or not."""

from service.client.asynchronous import AsyncStoryseam
from service.client.blocking import Storyseam
from service.client.errors import ClientError, Refused, Unreachable, UnreadableAnswer
from service.client.retry import Backoff

__all__ = [
    "AsyncStoryseam",
    "Backoff",
    "ClientError",
    "Refused",
    "Storyseam",
    "Unreachable",
    "UnreadableAnswer",
]
