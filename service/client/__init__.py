"""`from service.client import Storyseam`: the API from Python, typed; blocking or not."""

from service.client.asynchronous import AsyncStoryseam
from service.client.blocking import Storyseam
from service.client.errors import ClientError, Refused, Unreachable, UnreadableAnswer
from service.client.retry import Backoff
from service.schemas import BatchError, SegmentRequest, SegmentResponse

__all__ = [
    "AsyncStoryseam",
    "Backoff",
    "BatchError",
    "ClientError",
    "Refused",
    "SegmentRequest",
    "SegmentResponse",
    "Storyseam",
    "Unreachable",
    "UnreadableAnswer",
]
