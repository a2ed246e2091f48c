"""The application with the condition on seats taken out: only for the control of the race."""

import importlib.util
import time
from pathlib import Path

from pynamodb.transactions import TransactWrite

from chalicelib.catalog import stock
from chalicelib.catalog.models import Stock

_update = TransactWrite.update


def _carelessly(self, model, actions, condition=None, **options):
    if isinstance(model, Stock):
        time.sleep(0.05)  # so that requests overlap on a slow machine too
    _update(self, model, actions, None if isinstance(model, Stock) else condition, **options)


TransactWrite.update = _carelessly
assert stock  # the room whose condition is gone

_real = Path(__file__).parents[3] / "app.py"
_spec = importlib.util.spec_from_file_location("real_app", _real)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
app = _module.app
