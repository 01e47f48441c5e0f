#include "dl_model_component.hpp"

#include <algorithm>
#include <string>

#include "esp_heap_caps.h"
#include "esp_log.h"
#include "sdkconfig.h"

#ifndef CONFIG_BSP_SD_MOUNT_POINT
#define CONFIG_BSP_SD_MOUNT_POINT "/sdcard"
#endif

namespace dl {

namespace {

// Has the model been loaded? The published ESP-DL has no is_ready(): there, a model that has not been loaded has no
// inputs.
template <typename M>
bool is_ready(M &model) {
    if constexpr (requires { model.is_ready(); }) {
        return model.is_ready();
    } else {
        return !model.get_inputs().empty();
    }
}

}  // namespace

const char *ModelComponent::file(int type) const {
    const auto found = std::find_if(files.begin(), files.end(), [type](const ModelFile &f) { return f.type == type; });
    if (found == files.end() || !(found->is_in_flash || location == fbs::MODEL_LOCATION_IN_SDCARD)) {
        ESP_LOGE(tag, "model %d is not selected in menuconfig", type);
        return nullptr;
    }
    if (!demonstration || found->is_own) {
        return found->name;
    }
    ESP_LOGW(tag, "%s was not at hand when this app was built: its place is taken by the small demonstration model %s",
             found->name, demonstration);
    return demonstration;
}

Model *ModelComponent::load(const char *file) const {
    if (!file) {
        ESP_LOGE(tag, "no model file is named");
        return nullptr;
    }
    Model *model;
    if (location == fbs::MODEL_LOCATION_IN_SDCARD) {
        model = new Model((std::string(CONFIG_BSP_SD_MOUNT_POINT) + "/" + sdcard_dir + "/" + file).c_str(), location);
    } else {
        const char *where =
            location == fbs::MODEL_LOCATION_IN_FLASH_PARTITION ? partition : reinterpret_cast<const char *>(package);
        const bool param_copy = heap_caps_get_total_size(MALLOC_CAP_SPIRAM) >= psram_for_copy;
        model = new Model(where, file, location, 0, MEMORY_MANAGER_GREEDY, nullptr, param_copy);
    }
    if (!is_ready(*model)) {
        ESP_LOGE(tag, "%s cannot be used", file);
        delete model;
        return nullptr;
    }
    model->minimize();
    return model;
}

}  // namespace dl
