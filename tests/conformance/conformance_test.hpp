/**
 * @file conformance_test.hpp
 * What the tests over the folder of reference data share.
 */
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "board/board.hpp"

namespace conformance {

/** The folder of reference data, or "" if there is none. */
inline std::string testdata() {
    const char *path = std::getenv("DESKBOARD_TESTDATA");
    return path && *path && std::filesystem::exists(path) ? path : "";
}

#define NEED_REFERENCE_DATA(folder)                                                                              \
    if (conformance::testdata().empty() || !std::filesystem::exists(conformance::testdata() + "/" + (folder))) { \
        GTEST_SKIP() << "DESKBOARD_TESTDATA names no folder with '" << (folder) << "': nothing is tested";       \
    }

/** Models run next to each other: more memory than a board has. */
inline void make_room() {
    hal::BoardOptions options;
    options.psram_size = UINT64_C(1) << 30;
    hal::Board::reset_for_test(hal::Board::built_in_profile(), options);
}

}  // namespace conformance
