/**
 * @file dl_model_component.hpp
 * What all model components do, driven by a table: choose and load the model that the configuration names.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dl_model_base.hpp"

/** File name of the small model that stands in for the published ones if the build finds none of them. */
#ifndef DESKBOARD_DEMONSTRATION_MODEL
#define DESKBOARD_DEMONSTRATION_MODEL nullptr
#endif

/** Is the Kconfig symbol set? 1 or 0, as an expression: tables of models would need an `#if` for each row. */
#define DL_CONFIG_IS_SET(symbol) DL_CONFIG_IS_SET_VALUE(symbol)
// A symbol that is set expands to 1, so DL_CONFIG_PROBE_1 adds a comma, which makes "1" the second argument.
#define DL_CONFIG_IS_SET_VALUE(value) DL_CONFIG_IS_SET_PROBE(DL_CONFIG_PROBE_##value)
// NOLINTNEXTLINE(bugprone-macro-parentheses): parentheses would keep the comma inside.
#define DL_CONFIG_IS_SET_PROBE(probe) DL_CONFIG_SECOND(probe 1, 0, 0)
#define DL_CONFIG_PROBE_1 0,
#define DL_CONFIG_SECOND(first, second, ...) second

namespace dl {

/** One model of a component. */
struct ModelFile {
    int type;             ///< the component's model_type_t
    const char *name;     ///< .espdl file
    bool is_in_flash;     ///< whether the configuration puts the file into flash
    bool is_own = false;  ///< whether it is the user's file: no demonstration model stands in for it
};

/** The models of a component, and where the configuration puts them. */
struct ModelComponent {
    const char *tag;  ///< tag of log lines
    fbs::model_location_type_t location;
    const uint8_t *package;     ///< models in flash rodata
    const char *partition;      ///< label of the partition
    const char *sdcard_dir;     ///< folder on the SD card
    const char *demonstration;  ///< DESKBOARD_DEMONSTRATION_MODEL: loaded in place of published models
    size_t psram_for_copy;      ///< with at least so much PSRAM, parameters are copied there, which is faster
    std::span<const ModelFile> files;

    /** Return the file of a model type, or nullptr, with a log line, if the configuration does not select the type. */
    const char *file(int type) const;
    /** Load a file and minimize() the model. @return nullptr, with a log line, if the file cannot be used */
    Model *load(const char *file) const;
};

}  // namespace dl
