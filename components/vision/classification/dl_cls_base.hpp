/**
 * @file dl_cls_base.hpp
 * The interface of a classifier: a picture in, names and scores out.
 */
#pragma once

#include <vector>

#include "dl_cls_postprocessor.hpp"
#include "dl_image_preprocessor.hpp"
#include "dl_model_base.hpp"

namespace dl {
namespace cls {

/**
 * The interface of all classifiers. Up to ESP-DL 3.2 it was run() alone: the other methods have defaults, so that
 * classes of that time still compile.
 */
class Cls {
public:
    virtual ~Cls() = default;
    /**
     * @param mode cores that the inference uses
     * @return results, the best first. The list belongs to the classifier and is valid until the next run. It is empty,
     * with a log line, if the model could not be loaded or the picture cannot be used
     */
    virtual std::vector<result_t> &run(const image::img_t &img, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE) = 0;
    virtual Cls &set_topk(int topk);
    virtual Cls &set_score_thr(float score_thr);
    /**
     * Return the network, and load it first if need be. The result is nullptr if the network cannot be loaded, or if
     * the class does not hand it out.
     */
    virtual Model *get_raw_model();
};

/**
 * A classifier that forwards to another one, m_model. A derived class makes m_model in its constructor, or in
 * load_model(), which is called when the network is first needed.
 */
class ClsWrapper : public Cls {
public:
    ~ClsWrapper() override;
    std::vector<result_t> &run(const image::img_t &img, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE) override;
    Cls &set_topk(int topk) override;
    Cls &set_score_thr(float score_thr) override;
    Model *get_raw_model() override;

protected:
    Cls *m_model = nullptr;
    int m_topk = 0;
    float m_score_thr = 0;

    /** Make m_model. */
    virtual void load_model() {}

private:
    bool ensure_loaded();

    std::vector<result_t> m_nothing;
};

/** A network with its preprocessor and its postprocessor. A derived class makes all three. */
class ClsImpl : public Cls {
public:
    ~ClsImpl() override;
    std::vector<result_t> &run(const image::img_t &img, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE) override;
    Cls &set_topk(int topk) override;
    Cls &set_score_thr(float score_thr) override;
    Model *get_raw_model() override;

protected:
    Model *m_model = nullptr;
    image::ImagePreprocessor *m_image_preprocessor = nullptr;
    ClsPostprocessor *m_postprocessor = nullptr;

private:
    bool is_ready() const;

    std::vector<result_t> m_nothing;
};

}  // namespace cls
}  // namespace dl
