"""What the service has sent on this machine: e-mails (`*.eml`) and SMS (`*.sms.txt`) that lie in a folder.

They hold strangers' words: a message is found only by a name that the folder lists, never by a path.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final, NamedTuple

_EMAIL: Final = ".eml"
_SMS: Final = ".sms.txt"


class File(NamedTuple):
    """Something that came with an e-mail."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Sent:
    """One message; `html` is None for an SMS, and for an e-mail without."""

    name: str
    kind: str
    at: datetime
    to: str
    subject: str
    text: str
    html: str | None = None
    files: tuple[File, ...] = ()


class Mailbox:
    """The folder, which may not be there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """The names of all messages, newest first."""
        try:
            found = [file for file in self._folder.iterdir() if file.name.endswith((_EMAIL, _SMS))]
            files = [(file.stat().st_mtime_ns, file.name) for file in found if _is_plain(file)]
        except FileNotFoundError:  # none yet, or one was deleted this moment
            return []
        return [name for _, name in sorted(files, reverse=True)]

    def newest(self, most: int) -> list[Sent]:
        """The newest messages."""
        found = (self.read(name) for name in self.names()[:most])
        return [sent for sent in found if sent]

    def read(self, name: str) -> Sent | None:
        """A message of the folder; None if there is none of this name."""
        raw = self.raw(name)
        if raw is None:
            return None
        try:
            at = datetime.fromtimestamp((self._folder / name).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None
        return _email(name, at, raw) if name.endswith(_EMAIL) else _sms(name, at, raw)

    def raw(self, name: str) -> bytes | None:
        """Its bytes. A name counts only if the folder lists it, so it leads nowhere else."""
        try:
            return (self._folder / name).read_bytes() if name in self.names() else None
        except FileNotFoundError:  # deleted this moment
            return None


def _is_plain(file: Path) -> bool:
    return file.name.isprintable() and file.is_file() and not file.is_symlink()


def _sms(name: str, at: datetime, raw: bytes) -> Sent:
    head, _, text = raw.decode("utf-8", "replace").partition("\n\n")
    return Sent(name, "SMS", at, head.removeprefix("To:").strip(), "", text.strip())


def _email(name: str, at: datetime, raw: bytes) -> Sent:
    try:
        mail = message_from_bytes(raw, policy=SMTP)
        return Sent(
            name,
            "E-mail",
            at,
            to=str(mail["To"] or ""),
            subject=str(mail["Subject"] or ""),
            text=_body(mail, "plain") or "",
            html=_body(mail, "html"),
            files=tuple(_file(number, part) for number, part in enumerate(mail.iter_attachments(), 1)),
        )
    except Exception as problem:  # whatever somebody put there
        return Sent(name, "E-mail", at, "", f"It cannot be read: {problem}", raw.decode("utf-8", "replace"))


def _body(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part else None


def _file(number: int, part: EmailMessage) -> File:
    content = part.get_payload(decode=True)
    return File(part.get_filename() or f"attachment-{number}", content if isinstance(content, bytes) else b"")
