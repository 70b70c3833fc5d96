"""Model versions and the champion among them: a folder on this machine, or a bucket."""

from model.registry.folder import TAKEN_BACK, Registry
from model.registry.names import SHIPPED, check_name, is_name

__all__ = ["SHIPPED", "TAKEN_BACK", "Registry", "check_name", "is_name"]
