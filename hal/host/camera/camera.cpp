#include "esp_camera.h"

#include "esp_log.h"

esp_err_t esp_camera_init(const camera_config_t *config) {
    if (config == nullptr) {
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
