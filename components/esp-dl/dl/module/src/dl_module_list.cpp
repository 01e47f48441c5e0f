#include "dl_module_creator.hpp"

// One include and one line per operator, both in alphabetical order. This is the only list of operators there is.

namespace dl {
namespace module {

const std::vector<OpInfo> &op_list() {
    // clang-format off
    static const std::vector<OpInfo> list = {
        // op_type                  deserialize                          int8   int16  float  restrictions
    };
    // clang-format on
    return list;
}

}  // namespace module
}  // namespace dl
