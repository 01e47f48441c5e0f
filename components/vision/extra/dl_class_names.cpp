#include "dl_class_names.hpp"

#include <algorithm>

namespace dl {
namespace cls {

ClassNames::ClassNames(Model *model) {
    const std::string list = model ? model->get_metadata_prop("names") : "";
    for (size_t start = 0; !list.empty() && start <= list.size();) {
        const size_t end = std::min(list.find(',', start), list.size());
        m_names.push_back(list.substr(start, end - start));
        start = end + 1;
    }
}

}  // namespace cls
}  // namespace dl
