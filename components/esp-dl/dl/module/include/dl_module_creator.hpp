/**
 * @file dl_module_creator.hpp
 * The registry of operators: one list, which `espdl ops` and the documentation's table print.
 */
#pragma once

#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <vector>

#include "dl_module_base.hpp"

namespace dl {
class Model;

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

/**
 * Makes modules out of nodes. Everything may be called by any thread at any time: the library's own operators are the
 * constant table op_list(); only what users register is kept beside it, under a lock. No lock is held while a creator
 * runs, so a creator may use the registry.
 */
class ModuleCreator {
public:
    using Creator = std::function<Module *(fbs::FbsModel *, std::string)>;

    static ModuleCreator *get_instance();

    /** Add an operator, or replace one, at run time. An empty creator makes the operator unknown. */
    void register_module(const std::string &op_type, Creator creator);
    /** @return a new module, or nullptr with a log line: unknown type, or its creator refused the node */
    Module *create(fbs::FbsModel *fbs_model, const std::string &op_type, const std::string name);
    /** Register the library's own operators, unless done already. Those registered by the user stay. A model does it
     * when it is loaded. */
    void register_dl_modules();
    /** Log the names of all registered operators. */
    void print();
    /** Forget all, the user's too. A model that is being loaded meanwhile still finds the library's own. */
    void clear();

private:
    friend class dl::Model;

    ModuleCreator() = default;
    Module *create(fbs::FbsModel *fbs_model, const std::string &op_type, const std::string &name, bool dl_modules);

    std::shared_mutex m_mutex;                  // guards what follows
    std::map<std::string, Creator> m_creators;  // the user's
    bool m_dl_modules = false;                  // are the library's own registered?
};

}  // namespace module
}  // namespace dl
