/**
 * @file dl_feat_image_preprocessor.hpp
 * From a face in a picture to the input of a network that expects it upright, centred, and of one size.
 */
#pragma once

#include <array>
#include <string>
#include <vector>

#include "dl_image_preprocessor.hpp"
#include "dl_math_matrix.hpp"

namespace dl {
namespace image {

/**
 * The picture is turned, scaled and moved such that five landmarks come to lie, as near as possible (least squares),
 * where networks trained on ArcFace's alignment expect them.
 */
class FeatImagePreprocessor {
public:
    /** As ImagePreprocessor's. */
    FeatImagePreprocessor(Model *model, const std::array<float, 3> &mean, const std::array<float, 3> &std,
                          color_order_t order = false, const std::string &input_name = "");
    /** The same for a grey model. */
    FeatImagePreprocessor(Model *model, float mean, float std, const std::string &input_name = "");
    /** The same for a tensor. */
    FeatImagePreprocessor(TensorBase *input, const std::array<float, 3> &mean, const std::array<float, 3> &std,
                          color_order_t order = false);
    ~FeatImagePreprocessor();
    FeatImagePreprocessor(const FeatImagePreprocessor &) = delete;
    FeatImagePreprocessor &operator=(const FeatImagePreprocessor &) = delete;

    /**
     * @param landmarks x and y of the left eye, left corner of the mouth, nose, right eye, right corner of the mouth,
     * as the two-stage face detector gives them; left is the picture's left
     * @return ESP_ERR_INVALID_ARG, with a log line, for another number of them or for landmarks that are all one point
     */
    esp_err_t preprocess(const img_t &img, const std::vector<int> &landmarks);
    /** nullptr: what was wrong is logged when this is made. */
    TensorBase *get_model_input() const { return m_image_preprocessor->get_model_input(); }

private:
    static std::vector<float> s_std_ldks_112;
    ImagePreprocessor *m_image_preprocessor;
};

}  // namespace image
}  // namespace dl
