"""Telling people by mail that a run failed or is late. Never what was found: findings are confidential.

A message goes out encrypted unless the mail server is this machine: ``smtps://`` is TLS from the start, ``smtp://``
must offer STARTTLS. Without CARMONITOR_SMTP_URL and CARMONITOR_NOTIFY nobody is told.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from carmonitor.operations.wording import say
from carmonitor.settings import Settings

LANGUAGES = ("en", "fr")
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_SECONDS = 30


class NotifyError(Exception):
    """A message that could not be sent; the message says why, without the password."""


def message(settings: Settings, key: str, **values: object) -> EmailMessage:
    """A text of ``texts.yaml`` (area ``notify``) as a mail, in both languages. Values become one line each."""
    given = {name: " ".join(str(value).split()) for name, value in values.items()}
    mail = EmailMessage()
    mail["From"] = settings.notify_from
    mail["To"] = ", ".join(settings.notify)
    mail["Subject"] = " / ".join(say("notify", f"{key}_subject", lang, **given) for lang in LANGUAGES)
    bodies = [say("notify", key, lang, **given) + "\n" + say("notify", "private", lang) for lang in LANGUAGES]
    mail.set_content("\n\n".join(bodies) + "\n")
    return mail


def is_configured(settings: Settings) -> bool:
    """Whether anybody is to be told."""
    return bool(settings.smtp_url.get_secret_value() and settings.notify)


def send(settings: Settings, mail: EmailMessage) -> bool:
    """Send a message; False where nobody is to be told. Raises :class:`NotifyError`."""
    if not is_configured(settings):
        return False
    url = urlsplit(settings.smtp_url.get_secret_value())
    host = url.hostname or ""
    if url.scheme not in ("smtp", "smtps") or not host:
        raise NotifyError("CARMONITOR_SMTP_URL: expected smtps://user:password@host:port or smtp://host:port")
    try:
        with _connected(url.scheme, host, url.port) as server:
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(mail)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotifyError(f"mail to {host} could not be sent: {type(error).__name__}: {error}") from error
    return True


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=_SECONDS, context=context)
    server = smtplib.SMTP(host, port or 587, timeout=_SECONDS)
    if host not in _LOCAL:
        try:
            server.starttls(context=context)  # an error where it is not offered: nothing goes out in the clear
        except Exception:
            server.close()
            raise
    return server
