// Times the JPEG decoder with the chip's arithmetic: the reference, libjpeg's coefficients and plain arithmetic,
// against what the instruction set in use has, in turn in one run; and holds their pixels against each other.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "dl_base_kernel.hpp"
#include "dl_image_jpeg.hpp"
#include "esp_heap_caps.h"
#include "log_capture.hpp"

namespace {

using dl::image::img_t;
using dl::image::jpeg_img_t;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

img_t decode(const jpeg_img_t &jpeg, dl::base::isa_t isa) {
    dl::base::set_isa_level(isa);
    return dl::image::sw_decode_jpeg(jpeg, dl::image::DL_IMAGE_PIX_TYPE_RGB888);
}

// The fastest of ten, which is what the decoder takes when nothing else disturbs.
double milliseconds(const jpeg_img_t &jpeg, dl::base::isa_t isa) {
    double fastest = 1e9;
    for (int i = 0; i < 10; i++) {
        const auto start = std::chrono::steady_clock::now();
        const img_t img = decode(jpeg, isa);
        const auto end = std::chrono::steady_clock::now();
        heap_caps_free(img.data);
        fastest = std::min(fastest, std::chrono::duration<double, std::milli>(end - start).count());
    }
    return fastest;
}

bool measure(const std::string &path, int rounds, dl::base::isa_t best) {
    espdl_tool::LogCapture log;
    const jpeg_img_t jpeg = dl::image::read_jpeg(path.c_str());
    const img_t reference = jpeg.data ? decode(jpeg, dl::base::ISA_REFERENCE) : img_t{};
    if (!reference.data) {
        fprintf(stderr, "jpeg_bench: '%s': %s\n", path.c_str(), log.errors().c_str());
        heap_caps_free(jpeg.data);
        return false;
    }
    const img_t fast = decode(jpeg, best);
    const bool same = fast.data && std::memcmp(fast.data, reference.data, reference.bytes()) == 0;
    std::vector<double> before, now, ratios;
    for (int round = 0; round < rounds; round++) {
        before.push_back(milliseconds(jpeg, dl::base::ISA_REFERENCE));
        now.push_back(milliseconds(jpeg, best));
        ratios.push_back(now.back() / before.back());
    }
    printf("| %s | %dx%d | %.0f | %.3f | %.3f | %.2f | %.2f to %.2f | %s |\n", path.substr(path.rfind('/') + 1).c_str(),
           reference.width, reference.height, static_cast<double>(jpeg.data_len) / 1e3, median(before), median(now),
           median(ratios), *std::min_element(ratios.begin(), ratios.end()),
           *std::max_element(ratios.begin(), ratios.end()), same ? "the same" : "DIFFERENT");
    heap_caps_free(fast.data);
    heap_caps_free(reference.data);
    heap_caps_free(jpeg.data);
    return same;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Time the JPEG decoder against its reference.", "jpeg_bench");
    std::vector<std::string> pictures;
    int rounds = 21;
    app.add_option("pictures", pictures, "JPEGs")->required();
    app.add_option("--rounds", rounds, "Measured rounds")->check(CLI::Range(1, 10000))->capture_default_str();
    espdl_tool::setup_log(false);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    const dl::base::isa_t best = dl::base::isa_level();
    printf("| picture | size | kB | reference ms | %s ms | ratio | of single rounds | pixels |\n", isa_name(best));
    printf("|---|---|---|---|---|---|---|---|\n");
    bool ok = true;
    for (const std::string &picture : pictures) {
        ok = measure(picture, rounds, best) && ok;
    }
    return ok ? 0 : 1;
}
