/**
 * @file dl_class_names.hpp
 * Names of classes that a model carries.
 */
#pragma once

#include <string>
#include <vector>

#include "dl_model_base.hpp"

namespace dl {
namespace cls {

/**
 * The class names in the model's metadata entry "names", in their order and separated by commas. The quantizer writes
 * the entry: `espdl quantize --metadata names=cup,bottle`.
 */
class ClassNames {
public:
    ClassNames() = default;
    explicit ClassNames(Model *model);
    bool empty() const { return m_names.empty(); }
    /** @return the name, valid as long as this object exists; nullptr if there is no such class */
    const char *get(int index) const {
        return index >= 0 && index < static_cast<int>(m_names.size()) ? m_names[index].c_str() : nullptr;
    }

private:
    std::vector<std::string> m_names;
};

}  // namespace cls
}  // namespace dl
