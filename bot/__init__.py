"""Stepalong."""
