"""`storyseam bulk`: millions of pages from files to files; `service.bulk.run` begins it."""

from service.bulk.run import BulkSummary, Columns, run_bulk

__all__ = ["BulkSummary", "Columns", "run_bulk"]
