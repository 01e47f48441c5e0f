/**
 * @file dl_module_creator.hpp
 * The registry of operators: one list, which `espdl ops` and the documentation's table print.
 */
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dl_module_base.hpp"

namespace dl {
namespace module {

/** A line of the registry. */
struct OpInfo {
    const char *op_type;  ///< as nodes name it
    Module *(*deserialize)(fbs::FbsModel *, std::string);
    bool int8, int16, float32;  ///< what it computes in
    const char *restrictions;   ///< what it refuses, in a few words; "" for nothing
};

/** All operators of the library, sorted by name. The list is dl_module_list.cpp. */
const std::vector<OpInfo> &op_list();

class ModuleCreator {
public:
    using Creator = std::function<Module *(fbs::FbsModel *, std::string)>;

    static ModuleCreator *get_instance();

    /** Add an operator, or replace one, at run time. */
    void register_module(const std::string &op_type, Creator creator);
    /** @return a new module, or nullptr with a log line: unknown type, or its creator refused the node */
    Module *create(fbs::FbsModel *fbs_model, const std::string &op_type, const std::string name);
    /** Register the library's own operators, unless done already. Those registered by the user stay. */
    void register_dl_modules();
    /** Log the names of all registered operators. */
    void print();
    /** Forget all, the user's too. */
    void clear();

private:
    ModuleCreator() = default;
    std::map<std::string, Creator> creators;
};

}  // namespace module
}  // namespace dl
