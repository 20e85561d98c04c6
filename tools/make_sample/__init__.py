"""Writes ``sample_data/``, a synthetic half-year of returns, always the same bytes: ``python -m tools.make_sample``."""
