"""Writes ``sample_data/``: a synthetic half-year of returns, always the same bytes. Run ``python -m tools.make_sample``."""
