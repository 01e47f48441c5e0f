// One network twice: on a whole sequence, and on the same sequence frame by frame as it would come from a microphone.
#include <cstring>
#include <memory>

#include "dl_model_base.hpp"
#include "esp_log.h"

extern const uint8_t onsets_espdl[] asm("_binary_onsets_espdl_start");
extern const uint8_t onsets_streaming_espdl[] asm("_binary_onsets_streaming_espdl_start");
static const char *TAG = "streaming";

/** The band of the frame that rises most; -1: none rises by more than noise does. */
static int strongest(const int8_t *frame, int bands) {
    constexpr int8_t NOISE = 16;
    int best = -1;
    for (int band = 0; band < bands; band++) {
        if (frame[band] > (best < 0 ? NOISE : frame[best])) {
            best = band;
        }
    }
    return best;
}

/** Feeds the sequence chunk by chunk. @return how many frames are not those of `wanted` */
static int stream(dl::Model *model, const int8_t *sequence, int frames, const int8_t *wanted) {
    dl::TensorBase *input = model->get_input(), *output = model->get_output();
    const int length = input->shape[1], bands = output->shape[2];
    int differing = 0;
    for (int at = 0; at + length <= frames; at += length) {
        memcpy(input->data, sequence + at * bands, input->get_bytes());
        model->run();
        const int8_t *found = (const int8_t *)output->data;
        for (int i = 0; i < length; i++) {
            differing += memcmp(found + i * bands, wanted + (at + i) * bands, bands) != 0;
            const int band = strongest(found + i * bands, bands);
            if (band >= 0) {
                ESP_LOGI(TAG, "frame %2d: band %d, %d", at + i, band, found[i * bands + band]);
            }
        }
    }
    return differing;
}

extern "C" void app_main(void) {
    std::unique_ptr<dl::Model> whole(new dl::Model((const char *)onsets_espdl, fbs::MODEL_LOCATION_IN_FLASH_RODATA));
    std::unique_ptr<dl::Model> streaming(
        new dl::Model((const char *)onsets_streaming_espdl, fbs::MODEL_LOCATION_IN_FLASH_RODATA));
    dl::TensorBase *input = whole->get_input(), *output = whole->get_output();
    if (!input || !output || !streaming->get_input()) {
        ESP_LOGE(TAG, "the models cannot be used");
        return;
    }
    // The file's own test values stand for a recording.
    std::unique_ptr<dl::TensorBase> sequence(whole->get_fbs_model()->get_test_input_tensor("bands"));
    if (!sequence) {
        ESP_LOGE(TAG, "the model holds no test input");
        return;
    }
    const int frames = sequence->shape[1], bands = sequence->shape[2];
    whole->run(sequence.get());
    ESP_LOGI(TAG, "whole sequence: %d frames of %d bands at once; stream: %d frames at a time", frames, bands,
             streaming->get_input()->shape[1]);

    for (int pass = 1; pass <= 2; pass++) {
        const int differing =
            stream(streaming.get(), (const int8_t *)sequence->data, frames, (const int8_t *)output->data);
        ESP_LOGI(TAG, "pass %d: %d of %d frames are not those of the whole sequence", pass, differing, frames);
        // Another sequence begins: the caches forget this one.
        streaming->reset();
    }
}
