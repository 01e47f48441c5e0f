#include "dl_module_creator.hpp"

#include "dl_module_concat.hpp"
#include "dl_module_depth_to_space.hpp"
#include "dl_module_flatten.hpp"
#include "dl_module_reshape.hpp"
#include "dl_module_slice.hpp"
#include "dl_module_space_to_depth.hpp"
#include "dl_module_split.hpp"
#include "dl_module_squeeze.hpp"
#include "dl_module_streaming_cache.hpp"
#include "dl_module_transpose.hpp"
#include "dl_module_unsqueeze.hpp"

// One include and one line per operator, both in alphabetical order. This is the only list of operators there is.

namespace dl {
namespace module {

const std::vector<OpInfo> &op_list() {
    // clang-format off
    static const std::vector<OpInfo> list = {
        // op_type                  deserialize                          int8   int16  float  restrictions
        {"Concat",                  Concat::deserialize,                 true,  true,  true,  ""},
        {"DepthToSpace",            DepthToSpace::deserialize,           true,  true,  true,  "rank 4"},
        {"Flatten",                 Flatten::deserialize,                true,  true,  true,  ""},
        {"Reshape",                 Reshape::deserialize,                true,  true,  true,  "shape must be constant"},
        {"Slice",                   Slice::deserialize,                  true,  true,  true,  "starts, ends, axes, steps must be constant"},
        {"SpaceToDepth",            SpaceToDepth::deserialize,           true,  true,  true,  "rank 4"},
        {"Split",                   Split::deserialize,                  true,  true,  true,  "split must be constant"},
        {"Squeeze",                 Squeeze::deserialize,                true,  true,  true,  "axes must be constant"},
        {"StreamingCache",          StreamingCache::deserialize,         true,  true,  true,  ""},
        {"Transpose",               Transpose::deserialize,              true,  true,  true,  ""},
        {"Unsqueeze",               Unsqueeze::deserialize,              true,  true,  true,  "axes must be constant"},
    };
    // clang-format on
    return list;
}

}  // namespace module
}  // namespace dl
