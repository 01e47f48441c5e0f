// Loads a model that is embedded in the app, tests it with the values inside the file, and profiles it.
#include "dl_model_base.hpp"
#include "esp_log.h"

extern const uint8_t model_espdl[] asm("_binary_model_espdl_start");
static const char *TAG = "tutorial";

extern "C" void app_main(void) {
    dl::Model *model = new dl::Model((const char *)model_espdl, fbs::MODEL_LOCATION_IN_FLASH_RODATA);
    ESP_ERROR_CHECK(model->test());
    ESP_LOGI(TAG, "Model test passed!");
    model->profile();
    delete model;
}
