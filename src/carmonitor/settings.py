"""Settings: where things are and what the team decided, from ``CARMONITOR_...`` variables, with safe defaults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each setting is one environment variable: ``CARMONITOR_DATABASE_URL`` and so on."""

    model_config = SettingsConfigDict(env_prefix="CARMONITOR_", extra="ignore")

    database_url: str = Field("sqlite:///carmonitor.sqlite3", description="SQLite by default, or postgresql+psycopg://")
    inbox: Path = Field(Path("inbox"), description="folder that holds what senders sent")
    user: str = Field("", description="who decides; needed by every command that writes a decision")
    lang: str = Field("en", pattern="^(en|fr)$", description="language of messages: en or fr")
    rulebook: Path | None = Field(None, description="rulebook folder; the packaged one when empty")
    monitoring_from: date | None = Field(None, description="first day duties are demanded for (project default: none)")
    expected_senders: tuple[str, ...] = Field(("SPPK",), description="who owes a monthly return, as JSON list")
    review_budget_percent: int = Field(
        5, ge=0, le=100, description="share of a quarter's purchases and actors reviewed"
    )
    engine: str = Field("here", description="who does the work: here, here:N, dask, dask:N or dask://host:port")
    random_quota: int = Field(3, ge=0, description="certificates drawn by chance each closed quarter")
    random_seed: str = Field("carmonitor", description="seed of that draw, with the quarter")
    signing_key: Path | None = Field(None, description="private key that signs dossiers; unsigned when empty")
    trusted_keys: Path | None = Field(None, description="public keys that `export verify` trusts, one a line")

    log: str = Field(
        "", pattern="^(|json|text)$", description="log lines on stderr: json or text; empty: warnings only"
    )
    smtp_url: SecretStr = Field(SecretStr(""), description="who takes mail: smtps://user:password@host or smtp://host")
    notify: tuple[str, ...] = Field((), description="who is told of failed and late runs, as JSON list of addresses")
    notify_from: str = Field("carmonitor@localhost", description="the sender's address of these messages")
    late_after_days: int = Field(2, ge=1, description="days without a stored run after which one is late")

    max_file_mb: int = Field(512, ge=1, description="MB of a file: a million rows as CSV are about 200")
    max_unpacked_mb: int = Field(
        1024, ge=1, description="MB that an archive or folder holds: what a small machine bears"
    )
    max_entries: int = Field(10_000, ge=1, description="files in an archive or folder: a month has some hundred papers")
    max_ratio: int = Field(200, ge=1, description="times its size an archive unpacks to: repeated numbers reach 100")
    max_sheets: int = Field(200, ge=1, description="sheets of a workbook: there are 27 kinds of record")
    max_rows: int = Field(2_000_000, ge=1, description="rows of a table: a spreadsheet holds 1 048 576")
    max_columns: int = Field(256, ge=1, description="columns with content: the widest kind has 24 fields")
    max_cells: int = Field(
        50_000_000, ge=1, description="cells a sheet spans: a million rows of the widest kind are 24 M"
    )
    max_reading_mb: int = Field(4096, ge=256, description="MB of memory of the process that opens a file")
    max_reading_seconds: int = Field(120, ge=1, description="seconds that opening a file may take")
    jobs: int = Field(0, ge=0, description="processes that take in submissions; 0: as many as there are cores")

    console_hosts: tuple[str, ...] = Field((), description="names the console is reached by, as JSON list")
    behind_tls: bool = Field(False, description="a proxy in front of the console speaks TLS")
    upload_mb: int = Field(64, ge=1, description="largest batch that may be uploaded to the console")

    def deciding(self) -> dict[str, Any]:
        """The settings a result depends on, as JSON values."""
        return self.model_dump(mode="json", include=_DECIDING)

    @classmethod
    def of_run(cls, deciding: Mapping[str, Any]) -> Settings:
        """The settings that decided a run, whatever the environment says (one that did not exist: its default)."""
        return cls(**{name: deciding.get(name, cls.model_fields[name].default) for name in _DECIDING})


_DECIDING = {"monitoring_from", "expected_senders", "review_budget_percent", "random_quota", "random_seed"}


@cache
def schemas_dir() -> Path:
    """The language-neutral contracts: inside the wheel, or at the top of a checkout."""
    packaged = Path(str(files("carmonitor") / "schemas"))
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "schemas"
