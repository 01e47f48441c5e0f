/**
 * @file dl_class_names.hpp
 * The names of a model's classes, which the model carries.
 */
#pragma once

#include <string>
#include <vector>

#include "dl_model_base.hpp"

namespace dl {
namespace cls {

/** What the model's metadata entry "names" lists: the classes in their order, separated by commas. The quantizer writes
 * it (`espdl quantize --metadata names=cup,bottle`). */
class ClassNames {
public:
    ClassNames() = default;
    explicit ClassNames(Model *model);
    bool empty() const { return m_names.empty(); }
    /** @return valid as long as this object; nullptr where there is no such class */
    const char *get(int index) const {
        return index >= 0 && index < static_cast<int>(m_names.size()) ? m_names[index].c_str() : nullptr;
    }

private:
    std::vector<std::string> m_names;
};

}  // namespace cls
}  // namespace dl
