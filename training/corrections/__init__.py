"""Labelled pages that people sent, and what else the service keeps in its database."""

from training.corrections.store import Correction, CorrectionStore, Sample, page_hash

__all__ = ["Correction", "CorrectionStore", "Sample", "page_hash"]
