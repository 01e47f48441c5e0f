from deskboard_pytest.plugin import App as IdfApp

__all__ = ["IdfApp"]
