#include <cstdint>
#include <cstdio>
#include <cstring>

#include "dl_tensor_base.hpp"
#include "esp_partition.h"
#include "greeter.h"
#include "private_value.h"
#include "sdkconfig.h"
#include "settings.h"

extern const uint8_t data_start[] asm("_binary_data_1_bin_start");
extern const uint8_t data_end[] asm("_binary_data_1_bin_end");
extern const char text[] asm("_binary_text_txt_start");
extern const uint8_t model_start[] asm("_binary_model_bin_start");
extern "C" const uint32_t data_1_bin_length;
extern "C" const uint32_t text_txt_length;

int part_value();

extern "C" void app_main(void) {
    printf("data: %d bytes, length %u, first %d\n", (int)(data_end - data_start), (unsigned)data_1_bin_length,
           data_start[0]);
    printf("text: '%s', length %u\n", text, (unsigned)text_txt_length);
    printf("model aligned: %d\n", (int)((uintptr_t)model_start % 16 == 0));
    printf("part %d, private %d, options %d, definitions %d\n", part_value(), PRIVATE_VALUE, FROM_OPTIONS,
           FROM_DEFINITIONS);
    printf("greeting: %s, count %d, projbuild %s\n", greeting(), SETTINGS_COUNT, CONFIG_PROJECT_WIDE);
    printf("greeter: %s %s, target %s, colour %s\n", strrchr(GREETER_DIR, '/'), GREETER_LIB, TARGET, COLOUR);
    dl::TensorBase tensor({2, 3}, nullptr, 0, dl::DATA_TYPE_INT8);
    printf("tensor of %d\n", (int)tensor.get_size());

    const esp_partition_t *blob = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "blob");
    char content[5] = {};
    if (blob != nullptr && esp_partition_read(blob, 0, content, 4) == ESP_OK) {
        printf("partition: %s\n", content);
    }
}
