"""Keeping the system and its evidence whole: verification, backup, health, retention, notices, logs."""
