// WAV files, the steps of a frame, and speech features against Kaldi's.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "dl_audio_wav.hpp"
#include "dl_fbank.hpp"
#include "dl_mfcc.hpp"
#include "dl_spectrogram.hpp"

namespace {

using namespace dl::audio;

std::vector<uint8_t> read(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string testdata() {
    const char *path = std::getenv("DESKBOARD_TESTDATA");
    return path && *path && std::filesystem::exists(std::string(path) + "/audio/test.wav") ? path : "";
}

// One set of settings and its features, as the reference files hold them.
struct Case {
    SpeechFeatureConfig config;
    int frames;
    int dim;
    std::vector<float> values;
};

std::vector<Case> read_cases(const std::string &path) {
    const std::vector<uint8_t> file = read(path);
    std::vector<Case> cases;
    size_t at = 4;  // behind the magic number
    auto get = [&](auto *value) {
        std::memcpy(value, file.data() + at, sizeof(*value));
        at += sizeof(*value);
    };
    int32_t count = 0;
    get(&count);
    for (int i = 0; i < count; i++) {
        struct {
            float shift, length, low, high, preemphasis;
            int32_t mel_bins, ceps, power, log, dc;
            char window[16];
            int32_t frames, dim;
        } header;
        get(&header);
        Case c;
        c.config.frame_shift = (int)header.shift;
        c.config.frame_length = (int)header.length;
        c.config.low_freq = header.low;
        c.config.high_freq = header.high;
        c.config.preemphasis = header.preemphasis;
        c.config.num_mel_bins = header.mel_bins;
        c.config.num_ceps = header.ceps;
        c.config.use_power = header.power;
        c.config.use_log_fbank = header.log;
        c.config.remove_dc_offset = header.dc;
        c.config.window_type = win_type_from_string(header.window);
        c.frames = header.frames;
        c.dim = header.dim;
        c.values.resize((size_t)c.frames * c.dim);
        for (float &v : c.values) {
            get(&v);
        }
        cases.push_back(c);
    }
    EXPECT_EQ(at, file.size());
    return cases;
}

template <typename Feature>
void compare(const std::string &name, float tolerance) {
    if (testdata().empty()) {
        GTEST_SKIP() << "DESKBOARD_TESTDATA names no folder of reference data: nothing is compared";
    }
    const std::vector<uint8_t> wav = read(testdata() + "/audio/test.wav");
    dl_audio_t *audio = decode_wav(wav.data(), (int)wav.size());
    ASSERT_NE(audio, nullptr);
    EXPECT_EQ(audio->sample_rate, 16000);
    EXPECT_EQ(audio->channels, 1);
    const std::vector<Case> cases = read_cases(testdata() + "/audio/test_" + name + ".bin");
    EXPECT_EQ(cases.size(), 6u);
    for (size_t i = 0; i < cases.size(); i++) {
        SCOPED_TRACE(name + " case " + std::to_string(i));
        const Case &c = cases[i];
        Feature feature(c.config);
        ASSERT_EQ(feature.get_output_shape((int)audio->length), (std::vector<int>{c.frames, c.dim}));
        std::vector<float> got(c.values.size());
        ASSERT_EQ(feature.process(audio->data, (int)audio->length, got.data()), ESP_OK);
        float worst = 0;
        for (size_t k = 0; k < got.size(); k++) {
            worst = std::max(worst, std::abs(got[k] - c.values[k]) / std::max(1.f, std::abs(c.values[k])));
        }
        EXPECT_LT(worst, tolerance);
        testing::Test::RecordProperty("worst" + std::to_string(i), std::to_string(worst));
        // The same from floats.
        std::vector<float> samples(audio->length);
        for (size_t k = 0; k < samples.size(); k++) {
            samples[k] = audio->data[k] / 32768.f;
        }
        std::vector<float> again(c.values.size());
        ASSERT_EQ(feature.process(samples.data(), (int)samples.size(), again.data()), ESP_OK);
        EXPECT_EQ(again, got);
    }
    free_audio(audio);
}

TEST(SpeechFeatures, SpectrogramEqualsKaldis) {
    compare<Spectrogram>("spectrogram", 2e-4f);
}
TEST(SpeechFeatures, FbankEqualsKaldis) {
    compare<Fbank>("fbank", 2e-4f);
}
// Each coefficient adds up as many as 80 logarithms and is liftered up to twelvefold.
TEST(SpeechFeatures, MfccEqualsKaldis) {
    compare<MFCC>("mfcc", 1e-3f);
}

TEST(SpeechFeatures, EnergyComesFirst) {
    SpeechFeatureConfig config;
    config.use_energy = true;
    std::vector<float> samples(400);
    for (size_t i = 0; i < samples.size(); i++) {
        samples[i] = (float)std::sin(i * 0.3);
    }
    std::vector<float> energy(27), plain(26);
    Fbank with(config);
    EXPECT_EQ(with.get_output_shape(400), (std::vector<int>{1, 27}));
    ASSERT_EQ(with.process(samples.data(), 400, energy.data()), ESP_OK);
    config.use_energy = false;
    Fbank without(config);
    ASSERT_EQ(without.process(samples.data(), 400, plain.data()), ESP_OK);
    EXPECT_EQ(std::vector<float>(energy.begin() + 1, energy.end()), plain);
    EXPECT_NEAR(energy[0], std::log(200.0), 0.05);
}

TEST(SpeechFeatures, RefusesSettingsThatMakeNoSense) {
    std::vector<SpeechFeatureConfig> bad(9);
    bad[0].sample_rate = 0;
    bad[1].frame_length = 0;
    bad[2].frame_shift = 0;
    bad[3].preemphasis = 1;
    bad[4].num_mel_bins = 0;
    bad[5].low_freq = 9000;
    bad[6].num_ceps = 27;
    bad[7].frame_length = 1 << 30;
    bad[8].preemphasis = NAN;
    const std::vector<int16_t> samples(1000, 5);
    std::vector<float> out(10000);
    for (const SpeechFeatureConfig &config : bad) {
        MFCC mfcc(config);
        EXPECT_NE(mfcc.process(samples.data(), 1000, out.data()), ESP_OK);
    }
    MFCC good{SpeechFeatureConfig{}};
    EXPECT_EQ(good.process(samples.data(), 399, out.data()), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(good.process((const int16_t *)nullptr, 400, out.data()), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(good.process(samples.data(), 400, nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(good.process_frame(samples.data(), 1000, out.data()), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(good.process(samples.data(), 1000, out.data()), ESP_OK);
    // More filters than bins: some are empty.
    SpeechFeatureConfig many;
    many.num_mel_bins = 400;
    Fbank fbank(many);
    EXPECT_EQ(fbank.process(samples.data(), 400, out.data()), ESP_OK);
}

TEST(Common, SmallThings) {
    EXPECT_EQ(next_power_of_2(0), 1u);
    EXPECT_EQ(next_power_of_2(1), 1u);
    EXPECT_EQ(next_power_of_2(400), 512u);
    EXPECT_EQ(next_power_of_2(512), 512u);
    EXPECT_EQ(get_frame_num(399, 400, 160), 0);
    EXPECT_EQ(get_frame_num(400, 400, 160), 1);
    EXPECT_EQ(get_frame_num(720, 400, 160), 3);
    EXPECT_EQ(get_frame_num(720, 400, 0), 0);
    EXPECT_NEAR(mel2hz(hz2mel(1234)), 1234, 0.01);
    for (const char *name : {"hanning", "hann", "sine", "hamming", "povey", "blackman", "rectangular"}) {
        EXPECT_STREQ(win_type_to_string(win_type_from_string(name)), name);
    }
    EXPECT_EQ(win_type_from_string(nullptr), WinType::NONE);
    EXPECT_EQ(win_func_init(WinType::NONE, 10), nullptr);
    EXPECT_EQ(win_func_init(WinType::HANN, 0), nullptr);
    float *window = win_func_init(WinType::HANNING, 5);
    EXPECT_FLOAT_EQ(window[2], 1);
    EXPECT_NEAR(window[4], 0, 1e-7);
    heap_caps_free(window);
}

std::vector<uint8_t> make_wav(int channels, const std::vector<int16_t> &samples) {
    std::vector<uint8_t> file;
    auto text = [&](const char *s) {
        for (int i = 0; i < 4; i++) {
            file.push_back((uint8_t)s[i]);
        }
    };
    auto number = [&](uint32_t v, int bytes) {
        for (int i = 0; i < bytes; i++) {
            file.push_back((uint8_t)(v >> (8 * i)));
        }
    };
    text("RIFF");
    number(36 + (uint32_t)samples.size() * 2, 4);
    text("WAVE");
    text("LIST");  // something else first, of odd length
    number(3, 4);
    number(0, 4);
    text("fmt ");
    number(16, 4);
    number(1, 2);
    number(channels, 2);
    number(8000, 4);
    number(8000 * channels * 2, 4);
    number(channels * 2, 2);
    number(16, 2);
    text("data");
    number((uint32_t)samples.size() * 2, 4);
    for (int16_t s : samples) {
        number((uint16_t)s, 2);
    }
    return file;
}

TEST(Wav, ReadsStereo) {
    const std::vector<int16_t> samples = {1, -2, 300, -32768, 32767, 0};
    const std::vector<uint8_t> file = make_wav(2, samples);
    dl_audio_t *audio = decode_wav(file.data(), (int)file.size());
    ASSERT_NE(audio, nullptr);
    EXPECT_EQ(audio->channels, 2);
    EXPECT_EQ(audio->sample_rate, 8000);
    EXPECT_EQ(std::vector<int16_t>(audio->data, audio->data + audio->length), samples);
    print_audio_info(audio);
    free_audio(audio);
    free_audio(nullptr);
    print_audio_info(nullptr);
}

TEST(Wav, DamagedNeverCrashes) {
    const std::vector<uint8_t> file = make_wav(1, std::vector<int16_t>(20, 7));
    for (size_t size = 0; size < file.size(); size++) {
        std::vector<uint8_t> cut(file);
        cut.resize(size);
        cut.shrink_to_fit();  // so that a read beyond the end is one beyond the heap block
        EXPECT_EQ(decode_wav(cut.data(), (int)cut.size()), nullptr) << size;
    }
    std::mt19937 random(4);
    for (int round = 0; round < 20000; round++) {
        std::vector<uint8_t> damaged(file);
        for (int i = 0; i < 3; i++) {
            damaged[random() % 60] = (uint8_t)random();
        }
        free_audio(decode_wav(damaged.data(), (int)damaged.size()));
    }
    EXPECT_EQ(decode_wav(nullptr, 100), nullptr);
    EXPECT_EQ(decode_wav(file.data(), -1), nullptr);
    EXPECT_EQ(decode_wav(make_wav(0, {1, 2}).data(), 64), nullptr);
}

}  // namespace
