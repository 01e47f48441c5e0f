// Decoding in a std::thread, inference in a FreeRTOS task on the other core, a queue between them; printed by a third
// that waits on a condition variable. The results are those of one thread that does everything.
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "coco_detect.hpp"
#include "dl_image_jpeg.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_pthread.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

extern const uint8_t jpg_0_start[] asm("_binary_detect_0_jpg_start");
extern const uint8_t jpg_0_end[] asm("_binary_detect_0_jpg_end");
extern const uint8_t jpg_1_start[] asm("_binary_detect_1_jpg_start");
extern const uint8_t jpg_1_end[] asm("_binary_detect_1_jpg_end");
extern const uint8_t jpg_2_start[] asm("_binary_detect_2_jpg_start");
extern const uint8_t jpg_2_end[] asm("_binary_detect_2_jpg_end");

static const char *TAG = "thread_pipeline";
static constexpr int FRAMES = 9;

static const struct {
    const uint8_t *start, *end;
} PICTURES[] = {{jpg_0_start, jpg_0_end}, {jpg_1_start, jpg_1_end}, {jpg_2_start, jpg_2_end}};

struct Frame {
    int number;
    dl::image::img_t img;
};

static dl::image::img_t decode(int frame) {
    const auto &picture = PICTURES[frame % 3];
    dl::image::jpeg_img_t jpeg = {.data = (void *)picture.start, .data_len = (size_t)(picture.end - picture.start)};
    return dl::image::sw_decode_jpeg(jpeg, dl::image::DL_IMAGE_PIX_TYPE_RGB888);
}

static std::string infer(COCODetect &detect, const dl::image::img_t &img) {
    std::string text;
    char line[96];
    for (const auto &res : detect.run(img)) {
        snprintf(line, sizeof(line), "[%d %f %d %d %d %d]", res.category, res.score, res.box[0], res.box[1], res.box[2],
                 res.box[3]);
        text += line;
    }
    return text;
}

struct Pipeline {
    COCODetect detect;
    QueueHandle_t frames = xQueueCreate(2, sizeof(Frame));
    SemaphoreHandle_t finished = xSemaphoreCreateBinary();
    std::mutex mutex;
    std::condition_variable ready;
    std::vector<std::string> results;
};

static void inference_task(void *argument) {
    Pipeline *pipeline = (Pipeline *)argument;
    for (int i = 0; i < FRAMES; i++) {
        Frame frame;
        if (xQueueReceive(pipeline->frames, &frame, portMAX_DELAY) != pdTRUE) {
            break;
        }
        std::string result = infer(pipeline->detect, frame.img);
        heap_caps_free(frame.img.data);
        {
            std::lock_guard<std::mutex> lock(pipeline->mutex);
            pipeline->results.push_back(std::move(result));
        }
        pipeline->ready.notify_one();
    }
    xSemaphoreGive(pipeline->finished);
    vTaskDelete(NULL);
}

extern "C" void app_main(void) {
    std::vector<std::string> wanted;
    {
        COCODetect detect;
        for (int i = 0; i < 3; i++) {
            dl::image::img_t img = decode(i);
            wanted.push_back(infer(detect, img));
            heap_caps_free(img.data);
        }
    }

    auto *pipeline = new Pipeline;
    // The stack of std::thread is a matter of configuration on a chip.
    esp_pthread_cfg_t config = esp_pthread_get_default_config();
    config.stack_size = 8192;
    config.pin_to_core = 0;
    config.thread_name = "decode";
    ESP_ERROR_CHECK(esp_pthread_set_cfg(&config));
    std::thread decoder([pipeline] {
        for (int i = 0; i < FRAMES; i++) {
            Frame frame = {i, decode(i)};
            xQueueSend(pipeline->frames, &frame, portMAX_DELAY);
        }
    });
    if (xTaskCreatePinnedToCore(inference_task, "inference", 16384, pipeline, 5, NULL, 1) != pdPASS) {
        ESP_LOGE(TAG, "no task");
        abort();
    }

    int right = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        std::unique_lock<std::mutex> lock(pipeline->mutex);
        pipeline->ready.wait(lock, [&] { return pipeline->results.size() > i; });
        right += !wanted[i % 3].empty() && pipeline->results[i] == wanted[i % 3];
    }
    decoder.join();
    xSemaphoreTake(pipeline->finished, portMAX_DELAY);
    vQueueDelete(pipeline->frames);
    vSemaphoreDelete(pipeline->finished);
    delete pipeline;
    ESP_LOGI(TAG, "%d of %d frames as one thread has them", right, FRAMES);
}
