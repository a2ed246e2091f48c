"""A local stand-in for M-Pesa's Daraja API: OAuth, STK push and STK query.

Start it as a program with `python -m devstack.daraja_simulator`, or inside a test with
`with running(Config(delay=0.05)) as simulator:`. The README has the phone numbers and the settings.
"""

from .config import Config
from .server import create_app, running
from .settings import Settings, WrongSettings
from .simulator import Simulator

__all__ = ["Config", "Settings", "Simulator", "WrongSettings", "create_app", "running"]
