/**
 * @file dl_dump_tensors.hpp
 * Writes what every node of a model computes as .npy files, on a chip, for `espdl compare` on a PC.
 */
#pragma once

#include <cstddef>

#include "dl_model_base.hpp"
#include "esp_err.h"

namespace dl {

/**
 * Run a model on what its input tensors hold, and write all its tensors.
 *
 * The folder, which must exist (on an SD card, say), gets 0000.npy, 0001.npy, ... and last manifest.json with name,
 * type, exponent and order of each: a folder with a manifest is complete. `espdl compare FOLDER model.espdl` reads it.
 *
 * @param model      built, and not minimized: names are needed. Its input tensors hold the same values afterwards.
 * @param max_bytes  bytes of tensors that are kept at once. The model is run as often as necessary
 * @return ESP_OK; ESP_ERR_INVALID_ARG, ESP_ERR_NO_MEM or ESP_FAIL (a file cannot be written), with a log line
 */
esp_err_t dump_tensors(Model *model, const char *folder, size_t max_bytes = 1024 * 1024);

}  // namespace dl
