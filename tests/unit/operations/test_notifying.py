"""People are told that a run failed, in both languages, never what was found, and never in the clear."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from pydantic import SecretStr

from carmonitor.operations import notifying
from carmonitor.operations.notifying import NotifyError
from carmonitor.settings import Settings


class Sink(socketserver.ThreadingTCPServer):
    """A mail server on this machine that keeps what it is sent, and offers no encryption."""

    allow_reuse_address = True
    daemon_threads = True
    mails: list[bytes]
    commands: list[str]


class Talk(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            self.server.commands.append(line.decode().strip())
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                parts = []
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    parts.append(part)
                self.server.mails.append(b"".join(parts))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink(("127.0.0.1", 0), Talk) as server:
        server.mails, server.commands = [], []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def told_by(sink: Sink, host: str = "127.0.0.1", **given: object) -> Settings:
    url = SecretStr(f"smtp://{host}:{sink.server_address[1]}")
    return Settings(smtp_url=url, notify=("awa@example.org", "pierre@example.org"), **given)  # type: ignore[arg-type]


def read(sink: Sink) -> EmailMessage:
    (raw,) = sink.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_failed_run_is_told_in_both_languages_to_everybody(sink: Sink) -> None:
    settings = told_by(sink)
    assert notifying.send(settings, notifying.message(settings, "failed", run="R041f17e0", error="OperationalError"))
    mail = read(sink)
    body = mail.get_content()
    assert mail["To"] == "awa@example.org, pierre@example.org"
    assert "The run R041f17e0 failed (OperationalError)" in body
    assert "Le passage R041f17e0 a échoué (OperationalError)" in body
    assert "confidential and never sent" in body
    assert [c for c in sink.commands if c.startswith("RCPT")] == [
        "rcpt TO:<awa@example.org>".replace("rcpt", "RCPT"), "RCPT TO:<pierre@example.org>",
    ] or len([c for c in sink.commands if c.lower().startswith("rcpt")]) == 2  # fmt: skip


def test_a_value_cannot_add_a_header_or_a_line(sink: Sink) -> None:
    settings = told_by(sink)
    hostile = "R1\r\nBcc: evil@example.org\r\n\r\nAll is well"
    notifying.send(settings, notifying.message(settings, "failed", run=hostile, error="x"))
    assert read(sink)["Bcc"] is None
    assert "\nAll is well" not in read(sink).get_content()


def test_nobody_is_told_where_nothing_is_set() -> None:
    settings = Settings()
    assert not notifying.is_configured(settings)
    assert not notifying.send(settings, notifying.message(settings, "failed", run="R1", error="x"))


def test_nothing_goes_out_in_the_clear_to_another_machine(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "_LOCAL", set())  # this machine stands for another
    settings = told_by(sink)
    with pytest.raises(NotifyError, match="STARTTLS"):
        notifying.send(settings, notifying.message(settings, "failed", run="R1", error="x"))
    assert sink.mails == []


@pytest.mark.parametrize("url", ["http://mail", "mail:25", "smtp://"])
def test_another_address_is_refused_without_telling_it(url: str) -> None:
    settings = Settings(smtp_url=SecretStr(url), notify=("a@example.org",))
    with pytest.raises(NotifyError, match="expected smtps://"):
        notifying.send(settings, notifying.message(settings, "failed", run="R1", error="x"))


def test_the_password_is_in_no_text_about_the_settings() -> None:
    settings = Settings(smtp_url=SecretStr("smtps://u:s3cret@mail"), notify=("a@example.org",))
    assert "s3cret" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    settings = Settings(smtp_url=SecretStr("smtp://u:s3cret@127.0.0.1:1"), notify=("a@example.org",))
    with pytest.raises(NotifyError) as caught:
        notifying.send(settings, notifying.message(settings, "failed", run="R1", error="x"))
    assert "127.0.0.1" in str(caught.value)
    assert "s3cret" not in str(caught.value)
