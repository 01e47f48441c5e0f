#include "dl_module_creator.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <set>

static const char *TAG = "dl_module_creator";

namespace dl {
namespace module {

/** Return the operator's row of the table, or nullptr if the library has no such operator. */
static const OpInfo *find_op(const std::string &op_type) {
    const std::vector<OpInfo> &list = op_list();
    auto op = std::lower_bound(list.begin(), list.end(), op_type, [](const OpInfo &info, const std::string &wanted) {
        return strcmp(info.op_type, wanted.c_str()) < 0;
    });
    return op != list.end() && op_type == op->op_type ? &*op : nullptr;
}

ModuleCreator *ModuleCreator::get_instance() {
    // The object is never destroyed: a thread may still load a model while the process ends.
    static ModuleCreator *const s_instance = new ModuleCreator;
    return s_instance;
}

void ModuleCreator::register_module(const std::string &op_type, Creator creator) {
    // The creator that is replaced is destroyed when the lock is released: its destructor may be anybody's code.
    Creator replaced = std::move(creator);
    const std::unique_lock<std::shared_mutex> lock(m_mutex);
    m_creators[op_type].swap(replaced);
}

Module *ModuleCreator::create(fbs::FbsModel *fbs_model, const std::string &op_type, const std::string name) {
    return create(fbs_model, op_type, name, false);
}

Module *ModuleCreator::create(fbs::FbsModel *fbs_model, const std::string &op_type, const std::string &name,
                              bool dl_modules) {
    Creator creator;
    bool by_user;
    {
        const std::shared_lock<std::shared_mutex> lock(m_mutex);
        auto entry = m_creators.find(op_type);
        by_user = entry != m_creators.end();
        if (by_user) {
            creator = entry->second;
        }
        dl_modules = dl_modules || m_dl_modules;
    }
    if (!by_user && dl_modules) {
        if (const OpInfo *op = find_op(op_type)) {
            creator = op->deserialize;
        }
    }
    if (!creator) {
        ESP_LOGE(TAG, "node '%s': operator '%s' is not supported", name.c_str(), op_type.c_str());
        return nullptr;
    }
    Module *module = creator(fbs_model, name);
    if (!module) {
        ESP_LOGE(TAG, "node '%s' (%s) cannot be created", name.c_str(), op_type.c_str());
        return nullptr;
    }
    module->op_type = op_type;
    return module;
}

void ModuleCreator::register_dl_modules() {
    {
        // Every model calls this function, but only the first needs the lock for writing.
        const std::shared_lock<std::shared_mutex> lock(m_mutex);
        if (m_dl_modules) {
            return;
        }
    }
    const std::unique_lock<std::shared_mutex> lock(m_mutex);
    m_dl_modules = true;
}

void ModuleCreator::print() {
    std::set<std::string> names;
    {
        const std::shared_lock<std::shared_mutex> lock(m_mutex);
        for (const auto &creator : m_creators) {
            names.insert(creator.first);
        }
        if (m_dl_modules) {
            for (const OpInfo &op : op_list()) {
                names.insert(op.op_type);
            }
        }
    }
    for (const std::string &name : names) {
        ESP_LOGI(TAG, "%s", name.c_str());
    }
}

void ModuleCreator::clear() {
    std::map<std::string, Creator> forgotten;
    const std::unique_lock<std::shared_mutex> lock(m_mutex);
    m_creators.swap(forgotten);
    m_dl_modules = false;
}

}  // namespace module
}  // namespace dl
