"""The names that tests import from pytest-embedded-idf, for the emulated board."""

from deskboard_pytest.dut import IdfDut
from deskboard_pytest.plugin import App as IdfApp


class CaseTester:
    """Runs test cases of the menu on one board."""

    def __init__(self, dut):
        self.dut = dut
        self.test_menu = dut.test_menu

    def run_all_normal_cases(self, reset=False, timeout=90):
        self.dut.run_all_single_board_cases(reset=reset, timeout=timeout)

    def run_case(self, case, reset=False, timeout=90):
        self.dut.run_all_single_board_cases(name=case.name, reset=reset, timeout=timeout)


__all__ = ["CaseTester", "IdfApp", "IdfDut"]
