"""Migrations of the correction store; `training.corrections.engine.migrate` applies them."""
