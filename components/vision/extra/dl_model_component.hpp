/**
 * @file dl_model_component.hpp
 * What model components do alike, told by a table: choose and load the model that the configuration names.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dl_model_base.hpp"

/** File name of the small model that takes the place of the published ones, where the build found none of these. */
#ifndef DESKBOARD_DEMONSTRATION_MODEL
#define DESKBOARD_DEMONSTRATION_MODEL nullptr
#endif

/** 1 if the Kconfig symbol is set, 0 if it is not: an expression, where `#if` would need a line for each. */
#define DL_CONFIG_IS_SET(symbol) DL_CONFIG_IS_SET_VALUE(symbol)
// A symbol that is set is the word 1, so that the probe's comma makes "1" the second argument.
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
    bool is_in_flash;     ///< the configuration puts it there
    bool is_own = false;  ///< the user's: no demonstration model takes its place
};

/** The models of a component, and where the configuration puts them. */
struct ModelComponent {
    const char *tag;  ///< of log lines
    fbs::model_location_type_t location;
    const uint8_t *package;     ///< in flash rodata
    const char *partition;      ///< label
    const char *sdcard_dir;     ///< folder on the card
    const char *demonstration;  ///< DESKBOARD_DEMONSTRATION_MODEL, which is loaded instead of the published ones
    size_t psram_for_copy;      ///< keep a copy of the parameters in PSRAM, which is faster, if there is so much of it
    std::span<const ModelFile> files;

    /** The file of a model type; nullptr, with a log line, if the configuration does not select it. */
    const char *file(int type) const;
    /** Load a file, minimized; nullptr, with a log line, if it cannot be used. */
    Model *load(const char *file) const;
};

}  // namespace dl
