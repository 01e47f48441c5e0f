from deskboard_pytest.dut import IdfDut

__all__ = ["IdfDut"]
