"""Configuration symbols of ESP-IDF 4 that ESP-IDF 5 has under another name. Projects written for the older one still say them."""

import re

RENAMED = {
    "SPIRAM_SUPPORT": "SPIRAM",
    "OPTIMIZATION_LEVEL_DEBUG": "COMPILER_OPTIMIZATION_DEBUG",
    "OPTIMIZATION_LEVEL_RELEASE": "COMPILER_OPTIMIZATION_SIZE",
    "COMPILER_OPTIMIZATION_LEVEL_DEBUG": "COMPILER_OPTIMIZATION_DEBUG",
    "COMPILER_OPTIMIZATION_LEVEL_RELEASE": "COMPILER_OPTIMIZATION_SIZE",
    "COMPILER_OPTIMIZATION_DEFAULT": "COMPILER_OPTIMIZATION_DEBUG",
    "OPTIMIZATION_ASSERTIONS_ENABLED": "COMPILER_OPTIMIZATION_ASSERTIONS_ENABLE",
    "OPTIMIZATION_ASSERTIONS_DISABLED": "COMPILER_OPTIMIZATION_ASSERTIONS_DISABLE",
    "CXX_EXCEPTIONS": "COMPILER_CXX_EXCEPTIONS",
    "MAIN_TASK_STACK_SIZE": "ESP_MAIN_TASK_STACK_SIZE",
    "TASK_WDT": "ESP_TASK_WDT_INIT",
    "ESP_TASK_WDT": "ESP_TASK_WDT_INIT",
    "TASK_WDT_PANIC": "ESP_TASK_WDT_PANIC",
    "TASK_WDT_TIMEOUT_S": "ESP_TASK_WDT_TIMEOUT_S",
}
# Those of a single chip have its name in front: CONFIG_ESP32S3_SPIRAM_SUPPORT, CONFIG_ESP32_DEFAULT_CPU_FREQ_240.
OF_A_CHIP = re.compile(r"(?P<chip>ESP32(?:[A-Z]\d+)?)_(?P<rest>SPIRAM_SUPPORT|DEFAULT_CPU_FREQ_(?:MHZ_)?(?P<mhz>\d+))")


def current_name(name, target):
    """Today's name of a symbol (both without CONFIG_); None for one that was not renamed, or that is another chip's."""
    match = OF_A_CHIP.fullmatch(name)
    if not match:
        return RENAMED.get(name)
    if match["chip"].lower() != target:
        return None
    return f"ESP_DEFAULT_CPU_FREQ_MHZ_{match['mhz']}" if match["mhz"] else "SPIRAM"
