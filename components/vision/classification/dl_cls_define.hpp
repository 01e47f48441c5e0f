/**
 * @file dl_cls_define.hpp
 * The result of a classifier.
 */
#pragma once

namespace dl {
namespace cls {

typedef struct {
    const char *cat_name;  ///< name of the class, valid as long as the postprocessor exists
    float score;           ///< probability, or the network's raw value without softmax
} result_t;

}  // namespace cls
}  // namespace dl
