"""Migrations of the correction store; `training.corrections_engine.migrate` applies them."""
