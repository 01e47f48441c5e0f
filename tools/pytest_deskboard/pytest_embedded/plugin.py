"""What a project's conftest.py wraps its fixtures in. There is one board."""


def multi_dut_argument(function):
    return function


def multi_dut_fixture(function):
    return function


def multi_dut_generator_fixture(function):
    return function
