/**
 * @file dl_module_creator.hpp
 * The registry of operators: one list, which `espdl ops` and the table in the documentation show. This header includes
 * the classes of all operators, as ESP-DL's does.
 */
#pragma once

#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <vector>

#include "dl_module_base.hpp"
#include "dl_module_concat.hpp"
#include "dl_module_conv.hpp"
#include "dl_module_conv_transpose.hpp"
#include "dl_module_depth_to_space.hpp"
#include "dl_module_elementwise.hpp"
#include "dl_module_flatten.hpp"
#include "dl_module_gather.hpp"
#include "dl_module_gemm.hpp"
#include "dl_module_insert_zeros.hpp"
#include "dl_module_matmul.hpp"
#include "dl_module_normalization.hpp"
#include "dl_module_pad.hpp"
#include "dl_module_pool.hpp"
#include "dl_module_reduce.hpp"
#include "dl_module_reshape.hpp"
#include "dl_module_resize.hpp"
#include "dl_module_reverse_sequence.hpp"
#include "dl_module_rnn.hpp"
#include "dl_module_scatter_nd.hpp"
#include "dl_module_slice.hpp"
#include "dl_module_softmax.hpp"
#include "dl_module_space_to_depth.hpp"
#include "dl_module_split.hpp"
#include "dl_module_squeeze.hpp"
#include "dl_module_streaming_cache.hpp"
#include "dl_module_transpose.hpp"
#include "dl_module_unary.hpp"
#include "dl_module_unsqueeze.hpp"

namespace dl {
class Model;

namespace module {

/** A line of the registry. */
struct OpInfo {
    const char *op_type;  ///< as nodes name it
    Module *(*deserialize)(fbs::FbsModel *, std::string);
    bool int8, int16, float32;  ///< types it computes in
    const char *restrictions;   ///< its limits, in a few words; "": none
};

/** All operators of the library, sorted by name. The list is dl_module_list.cpp. */
const std::vector<OpInfo> &op_list();

/**
 * Creates modules for nodes. Any thread may call any method at any time: the library's operators are the constant list
 * op_list(), and those that users register are kept under a lock. No lock is held while a creator runs, so a creator
 * may call the registry.
 */
class ModuleCreator {
public:
    using Creator = std::function<Module *(fbs::FbsModel *, std::string)>;

    static ModuleCreator *get_instance();

    /** Add an operator, or replace one, at run time. An empty creator makes the operator unknown. */
    void register_module(const std::string &op_type, Creator creator);
    /** @return a new module, or nullptr with a log line: unknown type, or its creator refused the node */
    Module *create(fbs::FbsModel *fbs_model, const std::string &op_type, const std::string name);
    /** Register the library's operators, if they are not registered yet. The user's operators stay. Loading a model
     * does this. */
    void register_dl_modules();
    /** Log the names of all registered operators. */
    void print();
    /** Forget all operators, the user's, too. A model that is being loaded meanwhile still finds the library's
     * operators. */
    void clear();

private:
    friend class dl::Model;

    ModuleCreator() = default;
    Module *create(fbs::FbsModel *fbs_model, const std::string &op_type, const std::string &name, bool dl_modules);

    std::shared_mutex m_mutex;                  // guards the members below
    std::map<std::string, Creator> m_creators;  // the user's
    bool m_dl_modules = false;                  // are the library's operators registered?
};

}  // namespace module
}  // namespace dl
