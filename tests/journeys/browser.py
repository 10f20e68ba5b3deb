"""Where the browser for the journeys is, and how it is started."""

import os
import shutil

HOW_TO_INSTALL = (
    "No Chromium was found. Install it with "
    "`sudo apt-get install chromium chromium-l10n fonts-noto-cjk fonts-noto-color-emoji`, "
    "or name one in the environment variable CHROMIUM."
)
#: No graphics card, no sandbox for root, and nothing it would fetch by itself.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--no-first-run",
]
#: What the browser says by itself (date fields, choosing a file) is in Chinese too.
ENVIRONMENT = {**os.environ, "LANGUAGE": "zh_CN"}


def find() -> str | None:
    """The path of a Chromium or Chrome; what `CHROMIUM` names comes first."""
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return next((path for name in names if (path := shutil.which(name))), None)
