/**
 * @file toml.hpp
 * The TOML parser as this repository uses it: one configuration for whoever includes it.
 */
#pragma once

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_UNRELEASED_FEATURES 0
// The parser asserts what it then checks once more and reports ("[=" for one): a wrong file is an error, not a bug.
#undef NDEBUG
#define TOML_ASSERT(expr) static_cast<void>(0)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <toml++/toml.h>
#pragma GCC diagnostic pop
