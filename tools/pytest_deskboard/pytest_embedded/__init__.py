"""The names that tests import from pytest-embedded, for the emulated board."""

from deskboard_pytest.dut import Dut
from deskboard_pytest.plugin import App

__all__ = ["App", "Dut"]
