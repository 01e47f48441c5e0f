/**
 * @file dl_feat_image_preprocessor.hpp
 * A face in a picture becomes the input of a network that expects faces upright, centred, and of one size.
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
 * The preprocessor turns, scales and moves a picture by five landmarks. They come to lie, by least squares, as near as
 * possible to where networks trained with ArcFace's alignment expect them.
 */
class FeatImagePreprocessor {
public:
    /** Make a preprocessor, with the arguments of ImagePreprocessor's constructor. */
    FeatImagePreprocessor(Model *model, const std::array<float, 3> &mean, const std::array<float, 3> &std,
                          color_order_t order = false, const std::string &input_name = "");
    /** Make a preprocessor for a model that reads grey pictures. */
    FeatImagePreprocessor(Model *model, float mean, float std, const std::string &input_name = "");
    /** Make a preprocessor for a tensor, without a model. */
    FeatImagePreprocessor(TensorBase *input, const std::array<float, 3> &mean, const std::array<float, 3> &std,
                          color_order_t order = false);
    ~FeatImagePreprocessor();
    FeatImagePreprocessor(const FeatImagePreprocessor &) = delete;
    FeatImagePreprocessor &operator=(const FeatImagePreprocessor &) = delete;

    /**
     * @param landmarks x and y of the left eye, left corner of the mouth, nose, right eye, right corner of the mouth:
     * the order of the two-stage face detector. Left is the picture's left
     * @return ESP_ERR_INVALID_ARG, with a log line, for another number of landmarks, or if all are one point
     */
    esp_err_t preprocess(const img_t &img, const std::vector<int> &landmarks);
    /** Return the input tensor. It is nullptr if the constructor's arguments were wrong, which a log line has told. */
    TensorBase *get_model_input() const { return m_image_preprocessor->get_model_input(); }

private:
    static std::vector<float> s_std_ldks_112;
    ImagePreprocessor *m_image_preprocessor;
};

}  // namespace image
}  // namespace dl
