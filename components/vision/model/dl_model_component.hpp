/**
 * @file dl_model_component.hpp
 * What model components do alike: choose and load the model that the configuration names.
 */
#pragma once

#include "dl_model_base.hpp"

/** File name of the small model that takes the place of the published ones, where the build found none of these. */
#ifndef DESKBOARD_DEMONSTRATION_MODEL
#define DESKBOARD_DEMONSTRATION_MODEL nullptr
#endif

namespace dl {

/**
 * The model file of a model type.
 * @param tag           of the component's log lines
 * @param name          nullptr: the configuration does not select this type, which is logged
 * @param demonstration DESKBOARD_DEMONSTRATION_MODEL, which is given instead of `name`, with a warning; nullptr: `name`
 */
const char *selected_model(const char *tag, int type, const char *name, const char *demonstration);

/**
 * Load a model from where the configuration puts it.
 * @param where      address of the package (flash rodata), label of the partition, or folder on the SD card
 * @param param_copy keep a copy of the parameters in PSRAM, which is faster
 * @return nullptr, with a log line, if it cannot be used
 */
Model *load_selected_model(const char *tag, const char *where, const char *name, fbs::model_location_type_t location,
                           bool param_copy);

}  // namespace dl
