/**
 * @file dl_feat_base.hpp
 * The interface of feature extraction: a face in a picture in, a vector out.
 */
#pragma once

#include <vector>

#include "dl_feat_image_preprocessor.hpp"
#include "dl_feat_postprocessor.hpp"
#include "dl_model_base.hpp"

namespace dl {
namespace feat {

/**
 * The interface of all extractors. Up to ESP-DL 3.2 it was run() and m_feat_len alone: the other methods have defaults,
 * so that classes of that time still compile.
 */
class Feat {
public:
    virtual ~Feat() = default;
    /**
     * @param landmarks the argument of FeatImagePreprocessor::preprocess()
     * @return a feature: a vector of length 1. It belongs to the extractor and is valid until the next run. On failure,
     * it is nullptr, with a log line
     */
    virtual TensorBase *run(const image::img_t &img, const std::vector<int> &landmarks) = 0;
    /** Return the number of values of a feature, or 0 if the model cannot be loaded. */
    virtual int get_feat_len() { return m_feat_len; }
    /**
     * Return the network, and load it first if need be. The result is nullptr if the network cannot be loaded, or if
     * the class does not hand it out.
     */
    virtual Model *get_raw_model();

    /**
     * The number of values of a feature. Classes written for ESP-DL 3.0 or 3.1 set this member; others override
     * get_feat_len().
     */
    int m_feat_len = 0;
};

/**
 * An extractor that forwards to another one, m_model. A derived class makes m_model in its constructor, or in
 * load_model(), which is called when the network is first needed.
 */
class FeatWrapper : public Feat {
public:
    ~FeatWrapper() override;
    TensorBase *run(const image::img_t &img, const std::vector<int> &landmarks) override;
    int get_feat_len() override;
    Model *get_raw_model() override;

protected:
    Feat *m_model = nullptr;

    /** Make m_model. */
    virtual void load_model() {}

private:
    bool ensure_loaded();
};

/** A network with its preprocessor and its postprocessor. A derived class makes all three. */
class FeatImpl : public Feat {
public:
    ~FeatImpl() override;
    TensorBase *run(const image::img_t &img, const std::vector<int> &landmarks) override;
    int get_feat_len() override;
    Model *get_raw_model() override;

protected:
    Model *m_model = nullptr;
    image::FeatImagePreprocessor *m_image_preprocessor = nullptr;
    FeatPostprocessor *m_postprocessor = nullptr;
};

}  // namespace feat
}  // namespace dl
