from deskboard_pytest.dut import UnittestMenuCase

from . import CaseTester

__all__ = ["CaseTester", "UnittestMenuCase"]
