/**
 * @file dl_mfcc.hpp
 * Mel-frequency cepstral coefficients.
 */
#pragma once

#include <vector>

#include "dl_fbank.hpp"

namespace dl {
namespace audio {

/**
 * The features of a frame: its energy, if the settings ask for it, then the cosine transform of the logarithmic filter
 * bank, scaled by the lifter.
 */
class MFCC : public Fbank {
public:
    explicit MFCC(const SpeechFeatureConfig config, uint32_t caps = MALLOC_CAP_DEFAULT);
    ~MFCC() override;

protected:
    void features(float *spectrum, float energy, float *output) override;

private:
    float *m_transform = nullptr;  // num_ceps rows of num_mel_bins cosines, multiplied by the lifter
    float *m_mel = nullptr;
};

}  // namespace audio
}  // namespace dl
