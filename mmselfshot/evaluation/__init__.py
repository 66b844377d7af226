"""Scoring: pure functions, and the registered metric around them."""
