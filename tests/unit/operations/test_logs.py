"""Log lines say which run and submission they are about, in one line each, and never a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from carmonitor.operations import logs

URL = "postgresql+psycopg://kp:s3cret!@db.example/kp"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    yield io.StringIO()
    logs.configure("")


def test_json_lines_carry_run_and_submission(stream: io.StringIO) -> None:
    logs.configure("json", stream)
    logging.getLogger("carmonitor.pipeline").info("run stored", extra={"run_id": "R1", "submission_id": "S1"})
    said = json.loads(stream.getvalue())
    assert (said["message"], said["run_id"], said["submission_id"], said["level"]) == ("run stored", "R1", "S1", "info")
    assert said["at"].endswith("+00:00")


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "said", [f"cannot reach {URL}", "smtp://u:s3cret!@mail:587", "password=s3cret!", '{"token": "s3cret!"}']
)
def test_no_secret_is_logged(stream: io.StringIO, form: str, said: str) -> None:
    logs.configure(form, stream)
    logger = logging.getLogger("carmonitor.x")
    logger.error("failed: %s", said)
    try:
        raise RuntimeError(said)
    except RuntimeError:
        logger.exception("again")
    assert "s3cret" not in stream.getvalue()
    assert "***" in stream.getvalue()


def test_a_hostile_name_stays_in_its_line(stream: io.StringIO) -> None:
    logs.configure("text", stream)
    logging.getLogger("carmonitor.x").error("could not be read: %s", "a\n2021-01-01 info all is well\u202e\x1b[2J")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def test_an_address_without_a_password_stays_as_it_is() -> None:
    assert logs.masked("postgresql+psycopg://kp@localhost/kp") == "postgresql+psycopg://kp@localhost/kp"


def test_configured_twice_writes_once(stream: io.StringIO) -> None:
    logs.configure("text", stream)
    logs.configure("text", stream)
    logging.getLogger("carmonitor.x").warning("once")
    assert len(stream.getvalue().splitlines()) == 1
