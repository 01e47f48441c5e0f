/**
 * @file dl_cls_define.hpp
 * What a classifier says.
 */
#pragma once

namespace dl {
namespace cls {

typedef struct {
    const char *cat_name;  ///< name of the class; as long as the postprocessor
    float score;           ///< probability, or the network's raw value without softmax
} result_t;

}  // namespace cls
}  // namespace dl
