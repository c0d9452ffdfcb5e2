"""What gunicorn does beyond the Procfile's words: its processes count together, in files that end with it.

It reads this by itself from the folder it is started in.
"""

import os
import shutil
import tempfile
from contextlib import suppress

# By the main process's id: a reload finds its own, and two of them on a machine do not meet.
_folder = os.path.join(tempfile.gettempdir(), f"stepalong-metrics-{os.getpid()}")
raw_env = []
with suppress(OSError):
    shutil.rmtree(_folder, ignore_errors=True)
    os.mkdir(_folder, 0o700)
    raw_env = [f"PROMETHEUS_MULTIPROC_DIR={_folder}"]


def on_exit(_: object) -> None:
    """The files are of no use to whoever comes next."""
    shutil.rmtree(_folder, ignore_errors=True)
