"""A spreadsheet between its preview and the confirmation, kept where nobody can download it.

The file lies in `VAR_DIR/uploads` under a random name; the page holds a signed token that only
opens it for the same person, station and purpose, for a day.
"""

import io
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from inventory.errors import StationError

SALT = "station.upload"
LIFETIME_S = 24 * 60 * 60


class UploadGone(StationError):
    """The preview is too old, was confirmed already, or is somebody else's."""


@dataclass(frozen=True)
class Upload:
    """A kept file: its content, the name it came with, and the token that finds it again."""

    content: bytes
    name: str
    token: str
    path: Path

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.content)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def keep(content: bytes, name: str, *, purpose: str, user, station) -> Upload:
    """Keeps the file for a day, and throws out what was forgotten here longer ago."""
    folder = _folder()
    _sweep(folder)
    key = uuid.uuid4().hex
    path = folder / key
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    token = signing.dumps([key, name, purpose, user.pk, station.pk], salt=SALT, compress=True)
    return Upload(content, name, token, path)


def find(token: str, *, purpose: str, user, station) -> Upload:
    """The file a preview was made of. Raises `UploadGone`."""
    gone = UploadGone(_("这份表格已经导入过，或者放得太久了，请重新选一次。"))
    try:
        key, name, *whose = signing.loads(token, salt=SALT, max_age=LIFETIME_S)
        if whose != [purpose, user.pk, station.pk]:
            raise gone
        path = _folder() / key
        return Upload(path.read_bytes(), name, token, path)
    except (signing.BadSignature, FileNotFoundError) as error:
        raise gone from error


def _folder() -> Path:
    folder = settings.VAR_DIR / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sweep(folder: Path) -> None:
    oldest = time.time() - LIFETIME_S
    for path in folder.iterdir():
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except FileNotFoundError:
            continue  # another process swept it
