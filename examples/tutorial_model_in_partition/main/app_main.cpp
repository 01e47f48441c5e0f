// Loads a model from a partition of the flash, once as usual and once with its parameters left in flash.
#include "dl_model_base.hpp"
#include "esp_log.h"

static const char *TAG = "tutorial";

static void load_and_test(bool param_copy) {
    dl::Model *model = new dl::Model("model", fbs::MODEL_LOCATION_IN_FLASH_PARTITION,
                                     0,  // max_internal_size
                                     dl::MEMORY_MANAGER_GREEDY,
                                     nullptr,  // key
                                     param_copy);
    ESP_ERROR_CHECK(model->test());
    ESP_LOGI(TAG, "Model test passed, param_copy %d", param_copy);
    model->profile_memory();
    delete model;
}

extern "C" void app_main(void) {
    load_and_test(true);
    load_and_test(false);
}
