"""The tests of ESP-IDF projects (pytest_*.py, written for pytest-embedded) on the emulated board. `fw pytest` starts pytest with it."""
