// Any WAV file: it is refused, or becomes sound that the features can be computed of.

#include <vector>

#include "dl_audio_wav.hpp"
#include "dl_fbank.hpp"
#include "fuzz_board.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dl::audio::dl_audio_t *audio = fuzz_board() ? dl::audio::decode_wav(data, static_cast<int>(size)) : nullptr;
    if (audio == nullptr) {
        return 0;
    }
    static dl::audio::Fbank fbank(dl::audio::SpeechFeatureConfig{});
    const std::vector<int> shape = fbank.get_output_shape(audio->length);
    if (shape.size() == 2 && shape[0] > 0 && shape[1] > 0) {
        std::vector<float> features((size_t)shape[0] * shape[1]);
        fbank.process(audio->data, audio->length, features.data());
    }
    dl::audio::free_audio(audio);
    return 0;
}
