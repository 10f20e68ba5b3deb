"""Makes the data folder ready, and does nothing where nothing is to do: a second start is quick."""

import fcntl
import hashlib
import shutil
from pathlib import Path
from typing import IO

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from tqdm import tqdm


def lock(folder: Path) -> IO[str]:
    """Holds the folder for one `serve` while the file is open; `ValueError` when it is taken."""
    file = (folder / "serve.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise ValueError(
            f"这个驿站已经在运行了（数据在 {folder}）：请用已打开的那个，或先在那边按 Ctrl-C。"
        ) from error
    return file


def database() -> int:
    """Brings the tables up to date; how many steps that took."""
    executor = MigrationExecutor(connection)
    steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if steps:
        with tqdm(total=steps, desc="建立数据库", unit="步", mininterval=1) as bar:
            call_command("migrate", interactive=False, stdout=_Steps(bar))
    return steps


class _Steps:
    """What `migrate` writes, turned into a progress bar: it writes one line per step done."""

    def __init__(self, bar: tqdm) -> None:
        self.bar = bar

    def write(self, text: str) -> None:
        if text.rstrip().endswith(" OK"):
            self.bar.update()

    def flush(self) -> None:
        """Nothing is kept back."""


def static_files() -> bool:
    """Collects what pages load, if any of it changed since; whether it did."""
    stamp = settings.VAR_DIR / "static.stamp"
    present = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == present and settings.STATIC_ROOT.is_dir():
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(present)
    return True


def _static_fingerprint() -> str:
    """Changes with any name, size or time of a file; reads no file."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def background_work() -> None:
    """Clears what a worker that was killed left lying: the database knows all there is to do."""
    for path in settings.VAR_DIR.glob("beat-schedule*"):
        path.unlink()
    for folder in (settings.VAR_DIR / "broker").glob("*"):
        shutil.rmtree(folder)
        folder.mkdir()
