#include "dl_spectrogram.hpp"

#include <algorithm>

namespace dl {
namespace audio {

Spectrogram::Spectrogram(const SpeechFeatureConfig config, uint32_t caps) : SpeechFeatureBase(config, caps) {
    m_feature_dim = m_fft_size / 2 + 1;
    m_config.use_power = true;
    m_config.use_log_fbank = 1;
}

void Spectrogram::features(float *spectrum, float energy, float *output) {
    take_log(spectrum, m_feature_dim);
    std::copy(spectrum, spectrum + m_feature_dim, output);
    output[0] = energy;
}

}  // namespace audio
}  // namespace dl
