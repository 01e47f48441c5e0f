/**
 * @file dl_detect_postprocessor.hpp
 * A detector's output tensors become boxes in the picture.
 */
#pragma once

#include <list>
#include <map>
#include <string>
#include <vector>

#include "dl_detect_define.hpp"
#include "dl_image_preprocessor.hpp"
#include "dl_model_base.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace detect {

/**
 * The base of all postprocessors of detectors. A derived class turns the tensors into candidates, and decodes only
 * those above the threshold. Then nms() keeps the best, by non-maximum suppression over all classes together.
 */
class DetectPostprocessor {
public:
    /**
     * Read the outputs of a model. The preprocessor tells where in the model's input the picture lies; with nullptr,
     * results are in pixels of the input.
     */
    DetectPostprocessor(Model *model, image::ImagePreprocessor *image_preprocessor, float score_thr, float nms_thr,
                        int top_k);
    /** Read tensors, by their names, instead of a model's outputs. */
    DetectPostprocessor(const std::map<std::string, TensorBase *> &outputs,
                        image::ImagePreprocessor *image_preprocessor, float score_thr, float nms_thr, int top_k);
    /** The constructor of ESP-DL 3.1 and older. DetectImpl::run() sets the preprocessor. */
    DetectPostprocessor(Model *model, float score_thr, float nms_thr, int top_k)
        : DetectPostprocessor(model, nullptr, score_thr, nms_thr, top_k) {}
    virtual ~DetectPostprocessor() = default;

    /**
     * Read the outputs and add candidates to the results. Outputs of a wrong name, type or shape give a log line and no
     * results.
     */
    virtual void postprocess() = 0;
    /**
     * Sort the candidates by score, and drop each that overlaps a better one by more than the threshold. An area is the
     * number of its pixels, those on the edges included. A candidate without a box of four sides, or with a score that
     * is not a number, is dropped, too.
     */
    void nms();
    void clear_result() { m_box_list.clear(); }
    /** Limit the results to a picture of this size, and return them. The list belongs to the postprocessor. */
    std::list<result_t> &get_result(int width, int height);
    /** Set the preprocessor of a postprocessor that was made without one. */
    void set_image_preprocessor(image::ImagePreprocessor *image_preprocessor) {
        m_image_preprocessor = image_preprocessor;
    }
    /**
     * Tell a postprocessor without preprocessor where the picture lies, as in ESP-DL up to 3.1.3: input pixels per
     * pixel of the picture, and the corner of the crop area in the picture. MNPPostprocessor alone uses the corner. A
     * scale must be above 0: others are refused with a log line.
     */
    void set_resize_scale_x(float scale) { set_scale(m_resize_scale_x, scale); }
    void set_resize_scale_y(float scale) { set_scale(m_resize_scale_y, scale); }
    void set_top_left_x(float x) { m_top_left_x = x; }
    void set_top_left_y(float y) { m_top_left_y = y; }
    bool has_image_preprocessor() const { return m_image_preprocessor != nullptr; }
    void set_score_thr(float score_thr) { m_score_thr = score_thr; }
    void set_nms_thr(float nms_thr) { m_nms_thr = nms_thr; }

protected:
    /** Where the picture lies in the model's input, for the current run. */
    struct Frame {
        float inv_scale_x;
        float inv_scale_y;
        int left;
        int top;
        int crop_x;
        int crop_y;

        /**
         * Convert a coordinate to pixels of the picture, truncated. The arithmetic has the argument's type: as on the
         * chip, boxes are float and keypoints double.
         */
        int x(float in_model) const;
        int y(float in_model) const;
        int x(double in_model) const;
        int y(double in_model) const;
    };
    Frame frame() const;

    /**
     * Return the output `name`, or nullptr with a log line.
     * @param channels the least length of the output's last dimension; 0: any. A longer one is a warning, and the
     * values are read as if the dimension were no longer
     * @param like another output, with which type, height and width must agree; or nullptr
     */
    TensorBase *output(const std::string &name, int channels, const TensorBase *like) const;

    Model *m_model = nullptr;                        ///< nullptr if tensors were given instead
    std::map<std::string, TensorBase *> m_outputs;   ///< outputs by name
    image::ImagePreprocessor *m_image_preprocessor;  ///< not owned
    float m_score_thr;                               ///< candidates with a lower score are left out
    float m_nms_thr;                                 ///< largest overlap with a better candidate that nms() accepts
    int m_top_k;                                     ///< the largest number of results that nms() keeps
    float m_resize_scale_x = 1;                      ///< used if there is no preprocessor
    float m_resize_scale_y = 1;
    float m_top_left_x = 0;
    float m_top_left_y = 0;
    std::list<result_t> m_box_list;  ///< candidates; after nms(), results
    mutable bool m_misread = false;  ///< whether output() has warned already

private:
    static void set_scale(float &member, float scale);
};

/** The base for networks whose cells are points. */
class AnchorPointDetectPostprocessor : public DetectPostprocessor {
public:
    AnchorPointDetectPostprocessor(Model *model, image::ImagePreprocessor *image_preprocessor, float score_thr,
                                   float nms_thr, int top_k, const std::vector<anchor_point_stage_t> &stages)
        : DetectPostprocessor(model, image_preprocessor, score_thr, nms_thr, top_k), m_stages(stages) {}
    AnchorPointDetectPostprocessor(const std::map<std::string, TensorBase *> &outputs,
                                   image::ImagePreprocessor *image_preprocessor, float score_thr, float nms_thr,
                                   int top_k, const std::vector<anchor_point_stage_t> &stages)
        : DetectPostprocessor(outputs, image_preprocessor, score_thr, nms_thr, top_k), m_stages(stages) {}
    AnchorPointDetectPostprocessor(Model *model, float score_thr, float nms_thr, int top_k,
                                   const std::vector<anchor_point_stage_t> &stages)
        : DetectPostprocessor(model, score_thr, nms_thr, top_k), m_stages(stages) {}

protected:
    std::vector<anchor_point_stage_t> m_stages;
};

/** The base for networks whose cells have anchor boxes. */
class AnchorBoxDetectPostprocessor : public DetectPostprocessor {
public:
    AnchorBoxDetectPostprocessor(Model *model, image::ImagePreprocessor *image_preprocessor, float score_thr,
                                 float nms_thr, int top_k, const std::vector<anchor_box_stage_t> &stages)
        : DetectPostprocessor(model, image_preprocessor, score_thr, nms_thr, top_k), m_stages(stages) {}
    AnchorBoxDetectPostprocessor(const std::map<std::string, TensorBase *> &outputs,
                                 image::ImagePreprocessor *image_preprocessor, float score_thr, float nms_thr,
                                 int top_k, const std::vector<anchor_box_stage_t> &stages)
        : DetectPostprocessor(outputs, image_preprocessor, score_thr, nms_thr, top_k), m_stages(stages) {}
    AnchorBoxDetectPostprocessor(Model *model, float score_thr, float nms_thr, int top_k,
                                 const std::vector<anchor_box_stage_t> &stages)
        : DetectPostprocessor(model, score_thr, nms_thr, top_k), m_stages(stages) {}

protected:
    std::vector<anchor_box_stage_t> m_stages;
};

}  // namespace detect
}  // namespace dl
