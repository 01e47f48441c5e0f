#include "dl_module_creator.hpp"

static const char *TAG = "dl_module_creator";

namespace dl {
namespace module {

ModuleCreator *ModuleCreator::get_instance() {
    static ModuleCreator s_instance;
    return &s_instance;
}

void ModuleCreator::register_module(const std::string &op_type, Creator creator) {
    creators[op_type] = std::move(creator);
}

Module *ModuleCreator::create(fbs::FbsModel *fbs_model, const std::string &op_type, const std::string name) {
    auto creator = creators.find(op_type);
    if (creator == creators.end() || !creator->second) {
        ESP_LOGE(TAG, "node '%s': operator '%s' is not supported", name.c_str(), op_type.c_str());
        return nullptr;
    }
    Module *module = creator->second(fbs_model, name);
    if (!module) {
        ESP_LOGE(TAG, "node '%s' (%s) cannot be created", name.c_str(), op_type.c_str());
        return nullptr;
    }
    module->op_type = op_type;
    return module;
}

void ModuleCreator::register_dl_modules() {
    for (const OpInfo &op : op_list()) {
        creators.emplace(op.op_type, op.deserialize);
    }
}

void ModuleCreator::print() {
    for (const auto &creator : creators) {
        ESP_LOGI(TAG, "%s", creator.first.c_str());
    }
}

void ModuleCreator::clear() {
    creators.clear();
}

}  // namespace module
}  // namespace dl
