/**
 * @file dl_detect_postprocessor.hpp
 * From a detector's output tensors to boxes in the picture.
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
 * Base of all. A derived class turns the tensors into candidates (decoding only those above the threshold), then
 * non-maximum suppression over all classes together keeps the best.
 */
class DetectPostprocessor {
public:
    /** The outputs are those of the model; the preprocessor tells where in its input the picture lies (nullptr: results
     * stay in the input's pixels). */
    DetectPostprocessor(Model *model, image::ImagePreprocessor *image_preprocessor, float score_thr, float nms_thr,
                        int top_k);
    /** The same for tensors by name. */
    DetectPostprocessor(const std::map<std::string, TensorBase *> &outputs,
                        image::ImagePreprocessor *image_preprocessor, float score_thr, float nms_thr, int top_k);
    /** As up to ESP-DL 3.1: DetectImpl::run() names its preprocessor. */
    DetectPostprocessor(Model *model, float score_thr, float nms_thr, int top_k)
        : DetectPostprocessor(model, nullptr, score_thr, nms_thr, top_k) {}
    virtual ~DetectPostprocessor() = default;

    /** Read the outputs and add what they show to the results. Outputs of a wrong name, type or shape: a log line and
     * no results. */
    virtual void postprocess() = 0;
    /** Sort by score and drop what overlaps something better by more than the threshold. Areas count pixels, edges
     * included. A candidate without a box of four sides or with a score that is not a number is dropped, too. */
    void nms();
    void clear_result() { m_box_list.clear(); }
    /** The results, moved into a picture of this size. They stay the postprocessor's. */
    std::list<result_t> &get_result(int width, int height);
    /** Of one that was made without. */
    void set_image_preprocessor(image::ImagePreprocessor *image_preprocessor) {
        m_image_preprocessor = image_preprocessor;
    }
    /** As up to ESP-DL 3.1.3, for one that has no preprocessor: input pixels per pixel of the picture, and the corner
     * of the crop area in the picture, of which MNPPostprocessor alone takes note. A scale that is not above 0 is
     * refused with a log line. */
    void set_resize_scale_x(float scale) { set_scale(m_resize_scale_x, scale); }
    void set_resize_scale_y(float scale) { set_scale(m_resize_scale_y, scale); }
    void set_top_left_x(float x) { m_top_left_x = x; }
    void set_top_left_y(float y) { m_top_left_y = y; }
    bool has_image_preprocessor() const { return m_image_preprocessor != nullptr; }
    void set_score_thr(float score_thr) { m_score_thr = score_thr; }
    void set_nms_thr(float nms_thr) { m_nms_thr = nms_thr; }

protected:
    /** Where the picture lies in the model's input, for the run at hand. */
    struct Frame {
        float inv_scale_x;
        float inv_scale_y;
        int left;
        int top;
        int crop_x;
        int crop_y;

        /** To the picture, truncated. In the type of the argument: boxes are float, keypoints double, as on the chip.
         */
        int x(float in_model) const;
        int y(float in_model) const;
        int x(double in_model) const;
        int y(double in_model) const;
    };
    Frame frame() const;

    /**
     * The output `name`, or nullptr with a log line.
     * @param channels the least that its last dimension may be; 0: any. More are a warning: the values are read one
     * after another, as if there were no more.
     * @param like another output that must have the same type, height and width; or nullptr
     */
    TensorBase *output(const std::string &name, int channels, const TensorBase *like) const;

    Model *m_model = nullptr;                        ///< nullptr: made for tensors by name
    std::map<std::string, TensorBase *> m_outputs;   ///< the model's, by name
    image::ImagePreprocessor *m_image_preprocessor;  ///< not owned
    float m_score_thr;                               ///< candidates below are left out
    float m_nms_thr;                                 ///< nms() drops what overlaps something better by more
    int m_top_k;                                     ///< results that nms() leaves at most
    float m_resize_scale_x = 1;                      ///< of one without preprocessor
    float m_resize_scale_y = 1;
    float m_top_left_x = 0;
    float m_top_left_y = 0;
    std::list<result_t> m_box_list;  ///< candidates; after nms(), results
    mutable bool m_misread = false;  ///< the warning of output() has been given

private:
    static void set_scale(float &member, float scale);
};

/** For networks whose cells are points. */
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

/** For networks whose cells hold anchor boxes. */
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
