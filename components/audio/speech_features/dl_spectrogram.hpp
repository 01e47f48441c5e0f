/**
 * @file dl_spectrogram.hpp
 * Logarithmic power spectra.
 */
#pragma once

#include "dl_speech_features.hpp"

namespace dl {
namespace audio {

/**
 * The features of a frame: the logarithm of its energy, then the logarithms of the powers of bins 1 to m_fft_size / 2.
 */
class Spectrogram : public SpeechFeatureBase {
public:
    explicit Spectrogram(const SpeechFeatureConfig config, uint32_t caps = MALLOC_CAP_DEFAULT);

protected:
    void features(float *spectrum, float energy, float *output) override;
};

}  // namespace audio
}  // namespace dl
