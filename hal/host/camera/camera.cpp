#include "esp_camera.h"

#include "esp_log.h"

const resolution_info_t resolution[] = {
    {96, 96, ASPECT_RATIO_1X1},       {160, 120, ASPECT_RATIO_4X3},    {128, 128, ASPECT_RATIO_1X1},
    {176, 144, ASPECT_RATIO_5X4},     {240, 176, ASPECT_RATIO_4X3},    {240, 240, ASPECT_RATIO_1X1},
    {320, 240, ASPECT_RATIO_4X3},     {320, 320, ASPECT_RATIO_1X1},    {400, 296, ASPECT_RATIO_4X3},
    {480, 320, ASPECT_RATIO_3X2},     {640, 480, ASPECT_RATIO_4X3},    {800, 600, ASPECT_RATIO_4X3},
    {1024, 768, ASPECT_RATIO_4X3},    {1280, 720, ASPECT_RATIO_16X9},  {1280, 1024, ASPECT_RATIO_5X4},
    {1600, 1200, ASPECT_RATIO_4X3},   {1920, 1080, ASPECT_RATIO_16X9}, {720, 1280, ASPECT_RATIO_9X16},
    {864, 1536, ASPECT_RATIO_9X16},   {2048, 1536, ASPECT_RATIO_4X3},  {2560, 1440, ASPECT_RATIO_16X9},
    {2560, 1600, ASPECT_RATIO_16X10}, {1088, 1920, ASPECT_RATIO_9X16}, {2560, 1920, ASPECT_RATIO_4X3},
    {2592, 1944, ASPECT_RATIO_4X3},
};
static_assert(sizeof(resolution) / sizeof(resolution[0]) == FRAMESIZE_INVALID);

esp_err_t esp_camera_init(const camera_config_t *config) {
    if (!config) {
        return ESP_ERR_INVALID_ARG;
    }
    ESP_LOGE("camera", "Camera probe failed: the emulated board has no camera");
    return ESP_ERR_CAMERA_NOT_DETECTED;
}

esp_err_t esp_camera_deinit(void) {
    return ESP_ERR_INVALID_STATE;
}

camera_fb_t *esp_camera_fb_get(void) {
    ESP_LOGE("camera", "No frame: the emulated board has no camera");
    return nullptr;
}

void esp_camera_fb_return(camera_fb_t *) {}

sensor_t *esp_camera_sensor_get(void) {
    return nullptr;
}

esp_err_t esp_camera_save_to_nvs(const char *) {
    return ESP_ERR_CAMERA_NOT_DETECTED;
}
esp_err_t esp_camera_load_from_nvs(const char *) {
    return ESP_ERR_CAMERA_NOT_DETECTED;
}
