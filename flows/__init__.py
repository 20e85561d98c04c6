"""Prefect flows: thin. Each calls carmonitor.pipeline and passes only paths, ids and dates."""
