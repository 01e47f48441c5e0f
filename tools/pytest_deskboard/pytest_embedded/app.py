from deskboard_pytest.plugin import App

__all__ = ["App"]
