// A network of three layers that has learnt the sine, against the C library's.
#include <cmath>

#include "dl_model_base.hpp"
#include "dl_tool.hpp"
#include "esp_log.h"

extern const uint8_t sine_espdl[] asm("_binary_sine_espdl_start");
static const char *TAG = "sine";

extern "C" void app_main(void) {
    dl::Model *model = new dl::Model((const char *)sine_espdl, fbs::MODEL_LOCATION_IN_FLASH_RODATA);
    if (model->test() != ESP_OK) {
        ESP_LOGE(TAG, "the model does not compute what the quantizer saw");
        delete model;
        return;
    }
    dl::TensorBase *input = model->get_input(), *output = model->get_output();

    constexpr int STEPS = 16;
    constexpr float PERIOD = 6.2831853f;
    float largest = 0;
    for (int i = 0; i <= STEPS; i++) {
        const float x = PERIOD * i / STEPS;
        ((int8_t *)input->data)[0] = dl::quantize<int8_t>(x, DL_RESCALE(input->exponent));
        model->run();
        const float y = dl::dequantize(((int8_t *)output->data)[0], DL_SCALE(output->exponent));
        const float wanted = sinf(x);
        ESP_LOGI(TAG, "x %.3f  sine %6.3f  model %9.6f", x, wanted, y);
        largest = fmaxf(largest, fabsf(y - wanted));
    }
    ESP_LOGI(TAG, "largest difference %.3f; a step of the input is %g, of the output %g", largest,
             DL_SCALE(input->exponent), DL_SCALE(output->exponent));
    delete model;
}
