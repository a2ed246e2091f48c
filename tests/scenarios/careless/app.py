"""The application with the conditions of some models' transactions taken out: only for controls.

`CARELESS_OF` names the models, with commas in between.
"""

import importlib.util
import os
import time
from pathlib import Path

from pynamodb.transactions import TransactWrite

_models = os.environ["CARELESS_OF"].split(",")
_update, _save = TransactWrite.update, TransactWrite.save


def _carelessly(self, model, actions, condition=None, **options):
    if type(model).__name__ in _models:
        time.sleep(0.05)  # so that two overlap on a slow machine too
        condition = None
    _update(self, model, actions, condition, **options)


def _save_carelessly(self, model, condition=None, **options):
    _save(self, model, None if type(model).__name__ in _models else condition, **options)


TransactWrite.update, TransactWrite.save = _carelessly, _save_carelessly

_real = Path(__file__).parents[3] / "app.py"
_spec = importlib.util.spec_from_file_location("real_app", _real)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
app = _module.app
