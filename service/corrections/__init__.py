"""Corrections over HTTP: taken, kept and given back."""
