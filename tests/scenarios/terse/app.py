"""The application with letters of one line: for loads, since all of a machine would draw tickets else.

Deployed, letters are written by a function of their own.
"""

import importlib.util
from pathlib import Path

from chalicelib import late
from chalicelib.delivery import letters
from chalicelib.delivery.letter import Letter

late.enter(letters)
letters.write = lambda message, person, at: Letter(person.email, person.phone_number, message.kind, ".", ".")

_real = Path(__file__).parents[3] / "app.py"
_spec = importlib.util.spec_from_file_location("real_app", _real)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
app = _module.app
