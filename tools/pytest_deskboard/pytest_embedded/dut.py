from deskboard_pytest.dut import Dut

__all__ = ["Dut"]
