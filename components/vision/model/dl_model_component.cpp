#include "dl_model_component.hpp"

#include <string>

#include "esp_log.h"
#include "sdkconfig.h"

#ifndef CONFIG_BSP_SD_MOUNT_POINT
#define CONFIG_BSP_SD_MOUNT_POINT "/sdcard"
#endif

namespace dl {

const char *selected_model(const char *tag, int type, const char *name, const char *demonstration) {
    if (!name) {
        ESP_LOGE(tag, "model %d is not selected in menuconfig", type);
        return nullptr;
    }
    if (!demonstration) {
        return name;
    }
    ESP_LOGW(tag, "%s was not at hand when this app was built: its place is taken by the small demonstration model %s",
             name, demonstration);
    return demonstration;
}

Model *load_selected_model(const char *tag, const char *where, const char *name, fbs::model_location_type_t location,
                           bool param_copy) {
    Model *model;
    if (location == fbs::MODEL_LOCATION_IN_SDCARD) {
        model = new Model((std::string(CONFIG_BSP_SD_MOUNT_POINT) + "/" + where + "/" + name).c_str(), location);
    } else {
        model = new Model(where, name, location, 0, MEMORY_MANAGER_GREEDY, nullptr, param_copy);
    }
    if (!model->is_ready()) {
        ESP_LOGE(tag, "%s cannot be used", name);
        delete model;
        return nullptr;
    }
    model->minimize();
    return model;
}

}  // namespace dl
