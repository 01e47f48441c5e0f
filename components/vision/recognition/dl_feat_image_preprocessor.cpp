#include "dl_feat_image_preprocessor.hpp"

#include "esp_log.h"

static const char *TAG = "dl_feat_image_preprocessor";

namespace dl {
namespace image {

// ArcFace's template (Deng et al. 2019) for 112x112 pixels, with landmarks in this library's order.
std::vector<float> FeatImagePreprocessor::s_std_ldks_112 = {38.2946f, 51.6963f, 41.5493f, 92.3655f, 56.0252f,
                                                            71.7366f, 73.5318f, 51.5014f, 70.7299f, 92.2041f};

FeatImagePreprocessor::FeatImagePreprocessor(Model *model, const std::array<float, 3> &mean,
                                             const std::array<float, 3> &std, color_order_t order,
                                             const std::string &input_name)
    : m_image_preprocessor(new ImagePreprocessor(model, mean, std, order, input_name)) {}

FeatImagePreprocessor::FeatImagePreprocessor(Model *model, float mean, float std, const std::string &input_name)
    : m_image_preprocessor(new ImagePreprocessor(model, mean, std, input_name)) {}

FeatImagePreprocessor::FeatImagePreprocessor(TensorBase *input, const std::array<float, 3> &mean,
                                             const std::array<float, 3> &std, color_order_t order)
    : m_image_preprocessor(new ImagePreprocessor(input, {mean[0], mean[1], mean[2]}, {std[0], std[1], std[2]}, order)) {
}

FeatImagePreprocessor::~FeatImagePreprocessor() {
    delete m_image_preprocessor;
}

esp_err_t FeatImagePreprocessor::preprocess(const img_t &img, const std::vector<int> &landmarks) {
    const TensorBase *input = m_image_preprocessor->get_model_input();
    if (!input) {
        ESP_LOGE(TAG, "there is no input to write to: the lines above say why");
        return ESP_ERR_INVALID_STATE;
    }
    if (landmarks.size() != s_std_ldks_112.size()) {
        ESP_LOGE(TAG, "x and y of five landmarks are needed, not %zu values", landmarks.size());
        return ESP_ERR_INVALID_ARG;
    }
    const int points = static_cast<int>(landmarks.size()) / 2;
    const float scale[2] = {input->shape[2] / 112.f, input->shape[1] / 112.f};
    math::Matrix<float> in_picture(points, 2);
    math::Matrix<float> in_input(points, 2);
    for (int i = 0; i < points; i++) {
        for (int axis = 0; axis < 2; axis++) {
            in_picture.array[i][axis] = static_cast<float>(landmarks[2 * i + axis]);
            in_input.array[i][axis] = s_std_ldks_112[2 * i + axis] * scale[axis];
        }
    }
    const math::Matrix<float> M = math::get_similarity_transform(in_picture, in_input);
    if (M.h == 0) {
        ESP_LOGE(TAG, "the landmarks are all one point: nothing can be aligned");
        return ESP_ERR_INVALID_ARG;
    }
    return m_image_preprocessor->preprocess(img, M);
}

}  // namespace image
}  // namespace dl
