"""What the figures in docs/performance.md come from."""

import os

os.environ.setdefault("STAGE", "local")  # the tables' names have it
