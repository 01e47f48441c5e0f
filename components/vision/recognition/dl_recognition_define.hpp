/**
 * @file dl_recognition_define.hpp
 * The records of a database of features, and the results of a query.
 */
#pragma once

#include <cstdint>

namespace dl {
namespace recognition {

/** The beginning of a database's file: 6 bytes, little endian. */
typedef struct {
    uint16_t num_feats_total;  ///< records in the file, deleted ones included
    uint16_t num_feats_valid;  ///< records that are not deleted
    uint16_t feat_len;         ///< floats of a feature
} database_meta;

/** A record of a database. In the file, feat_len floats follow the id. */
typedef struct {
    uint16_t id;  ///< 1 or more; 0 in the file: deleted
    float *feat;
} database_feat;

/** A feature that resembles the one asked for. */
typedef struct {
    uint16_t id;
    float similarity;  ///< cosine of the angle between the two features: 1 is the same direction
} result_t;

}  // namespace recognition
}  // namespace dl
