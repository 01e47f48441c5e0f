/**
 * @file dl_target.hpp
 * The chip whose arithmetic the kernels reproduce.
 */
#pragma once

namespace dl {

/** ESP32-P4 and ESP32-S31 round half to even; ESP32-S3 and the plain C targets (`c`: all other chips) round half up. */
typedef enum {
    TARGET_ESP32P4 = 0,
    TARGET_ESP32S3 = 1,
    TARGET_ESP32 = 2,
} target_t;

/** Return the chip whose results are reproduced: the board's, until set_target() names another. */
target_t target();

/** Choose the chip. Call it before a model is loaded: kernels read the target once, when the model prepares them. */
void set_target(target_t target);

/** Return "esp32p4", "esp32s3" or "esp32". */
const char *target_name(target_t target);

/**
 * Parse a chip's name: a value of IDF_TARGET, or "p4", "s3", or "c" for the chips without vector unit (TARGET_ESP32).
 * @return false if the name is unknown; `out` is then unchanged.
 */
bool target_from_name(const char *name, target_t *out);

}  // namespace dl
