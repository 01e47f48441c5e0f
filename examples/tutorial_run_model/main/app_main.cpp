// Quantizes an input, runs a model and dequantizes its output, value by value and tensor by tensor.
#include "dl_model_base.hpp"
#include "dl_tool.hpp"
#include "esp_log.h"

extern const uint8_t model_espdl[] asm("_binary_model_espdl_start");
static const char *TAG = "tutorial";

extern "C" void app_main(void) {
    dl::Model *model = new dl::Model((const char *)model_espdl, fbs::MODEL_LOCATION_IN_FLASH_RODATA);

    std::map<std::string, dl::TensorBase *> model_inputs = model->get_inputs();
    dl::TensorBase *model_input = model_inputs.begin()->second;
    std::map<std::string, dl::TensorBase *> model_outputs = model->get_outputs();
    dl::TensorBase *model_output = model_outputs.begin()->second;
    ESP_LOGI(TAG, "input %s exponent %d, output %s exponent %d", model_inputs.begin()->first.c_str(),
             (int)model_input->exponent, model_outputs.begin()->first.c_str(), (int)model_output->exponent);

    // A single value.
    const float input_v = 0.5f;
    int8_t quant_input_v = dl::quantize<int8_t>(input_v, DL_RESCALE(model_input->exponent));
    ESP_LOGI(TAG, "%f is quantized to %d", input_v, quant_input_v);

    // A whole tensor.
    dl::TensorBase *input_tensor = new dl::TensorBase(model_input->shape, nullptr, 0, dl::DATA_TYPE_FLOAT);
    float *values = (float *)input_tensor->data;
    for (int i = 0; i < input_tensor->get_size(); i++) {
        values[i] = input_v;
    }
    model_input->assign(input_tensor);

    model->run();

    int8_t quant_output_v = ((int8_t *)model_output->data)[0];
    float output_v = dl::dequantize(quant_output_v, DL_SCALE(model_output->exponent));
    dl::TensorBase *output_tensor = new dl::TensorBase(model_output->shape, nullptr, 0, dl::DATA_TYPE_FLOAT);
    output_tensor->assign(model_output);
    ESP_LOGI(TAG, "first output: %d is %f, in the tensor %f", quant_output_v, output_v,
             ((float *)output_tensor->data)[0]);

    delete input_tensor;
    delete output_tensor;
    delete model;
}
