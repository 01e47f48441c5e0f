/**
 * @file dl_recognition_define.hpp
 * What a database of features holds, and what a query finds.
 */
#pragma once

#include <cstdint>

namespace dl {
namespace recognition {

/** How the file of a database begins: 6 bytes, little endian. */
typedef struct {
    uint16_t num_feats_total;  ///< records in the file, deleted ones included
    uint16_t num_feats_valid;  ///< records that are not deleted
    uint16_t feat_len;         ///< floats of a feature
} database_meta;

/** One record: in the file the id, then feat_len floats. */
typedef struct {
    uint16_t id;  ///< from 1 on; 0 in the file: deleted
    float *feat;
} database_feat;

/** One feature that resembles the one asked for. */
typedef struct {
    uint16_t id;
    float similarity;  ///< cosine of the angle between both: 1 is the same direction
} result_t;

}  // namespace recognition
}  // namespace dl
