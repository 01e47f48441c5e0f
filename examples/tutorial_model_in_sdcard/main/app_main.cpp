// Loads a model from the SD card.
#include "bsp/esp-bsp.h"
#include "dl_model_base.hpp"
#include "esp_log.h"

static const char *TAG = "tutorial";

extern "C" void app_main(void) {
    ESP_ERROR_CHECK(bsp_sdcard_mount());
    dl::Model *model = new dl::Model("/sdcard/model.espdl", fbs::MODEL_LOCATION_IN_SDCARD);
    ESP_ERROR_CHECK(model->test());
    ESP_LOGI(TAG, "Model test passed!");
    model->profile_memory();
    delete model;
    ESP_ERROR_CHECK(bsp_sdcard_unmount());
}
