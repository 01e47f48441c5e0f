// Models in partitions that the project's own CMake filled: one alone, one packed and found by its name, one that is
// not there.
#include <cstring>
#include <memory>
#include <vector>

#include "dl_model_base.hpp"
#include "esp_log.h"
#include "esp_partition.h"

static const char *TAG = "model_in_partition";

static std::vector<int8_t> run(dl::Model &model) {
    dl::TensorBase *input = model.get_inputs().begin()->second;
    int8_t *data = (int8_t *)input->data;
    for (int i = 0; i < input->get_size(); i++) {
        data[i] = (int8_t)(i * 31 % 97 - 48);
    }
    model.run();
    dl::TensorBase *output = model.get_outputs().begin()->second;
    const int8_t *result = (const int8_t *)output->data;
    return std::vector<int8_t>(result, result + output->get_size());
}

extern "C" void app_main(void) {
    for (const char *label : {"first", "second"}) {
        const esp_partition_t *partition =
            esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, label);
        ESP_LOGI(TAG, "%s: %s", label, partition ? "there" : "MISSING");
    }
    auto first = std::make_unique<dl::Model>("first", fbs::MODEL_LOCATION_IN_FLASH_PARTITION);
    auto second = std::make_unique<dl::Model>("second", "shapes_cls_mobilenetv2_s8.espdl",
                                              fbs::MODEL_LOCATION_IN_FLASH_PARTITION);
    // Parameters stay in flash.
    auto third = std::make_unique<dl::Model>("first", fbs::MODEL_LOCATION_IN_FLASH_PARTITION, 0,
                                             dl::MEMORY_MANAGER_GREEDY, nullptr, false);
    const std::vector<int8_t> results = run(*first);
    int32_t sum = 0;
    for (int8_t value : results) {
        sum += value;
    }
    ESP_LOGI(TAG, "%d outputs, %s", (int)results.size(), sum != 0 ? "not all zero" : "ZERO");
    ESP_LOGI(TAG, "packed: %s", run(*second) == results ? "the same" : "DIFFERENT");
    ESP_LOGI(TAG, "parameters in flash: %s", run(*third) == results ? "the same" : "DIFFERENT");
    fbs::FbsLoader loader("nowhere", fbs::MODEL_LOCATION_IN_FLASH_PARTITION);
    ESP_LOGI(TAG, "a partition that is not there holds %d models", loader.get_model_num());
}
