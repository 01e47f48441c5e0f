// Times the writing of PNG files: libpng's simplified interface with its fast setting, which wrote them up to version
// 0.3, against dl::image::write_png, in turn in one run; and holds the pixels that are read back against those written.

#include <png.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "dl_image_file.hpp"
#include "dl_image_png.hpp"
#include "dl_image_process.hpp"
#include "esp_heap_caps.h"
#include "log_capture.hpp"

namespace {

using dl::image::img_t;

struct Options {
    std::vector<std::string> pictures;
    std::vector<int> size;
    int noise = 2;
    int rounds = 5;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

bool write_simplified(const img_t &img, const std::string &file) {
    png_image png;
    std::memset(&png, 0, sizeof(png));
    png.version = PNG_IMAGE_VERSION;
    png.width = img.width;
    png.height = img.height;
    png.format = PNG_FORMAT_RGB;
    png.flags = PNG_IMAGE_FLAG_FAST;
    png_alloc_size_t size = 0;
    if (!png_image_write_to_memory(&png, nullptr, &size, 0, img.data, 0, nullptr)) {
        return false;
    }
    std::vector<uint8_t> bytes(size);
    return png_image_write_to_memory(&png, bytes.data(), &size, 0, img.data, 0, nullptr) &&
           dl::image::write_file(file.c_str(), bytes.data(), size) == ESP_OK;
}

bool write_now(const img_t &img, const std::string &file) {
    return dl::image::write_png(img, file.c_str()) == ESP_OK;
}

/** What one of the two writers has done. */
struct Writer {
    bool (*write)(const img_t &, const std::string &);
    std::string file;
    std::vector<double> times;
    uintmax_t bytes = 0;
};

bool time_one(Writer &writer, const img_t &img) {
    const auto start = std::chrono::steady_clock::now();
    const bool done = writer.write(img, writer.file);
    const auto end = std::chrono::steady_clock::now();
    writer.times.push_back(std::chrono::duration<double, std::milli>(end - start).count());
    return done;
}

bool same_pixels(Writer &writer, const img_t &img) {
    writer.bytes = std::filesystem::file_size(writer.file);
    img_t back = dl::image::read_image(writer.file.c_str());
    const bool same = back.data && back.width == img.width && back.height == img.height &&
                      std::memcmp(back.data, img.data, img.bytes()) == 0;
    heap_caps_free(back.data);
    return same;
}

/** The picture in the size that was asked for. An enlarged one has no grain, of which a camera's has some: that is
 * added. */
img_t load(const std::string &path, const Options &options, std::vector<uint8_t> &memory) {
    img_t picture = dl::image::read_image(path.c_str());
    if (!picture.data) {
        return picture;
    }
    const bool resized = !options.size.empty();
    img_t img = picture;
    img.width = static_cast<uint16_t>(resized ? options.size[0] : picture.width);
    img.height = static_cast<uint16_t>(resized ? options.size[1] : picture.height);
    memory.resize(img.bytes());
    img.data = memory.data();
    if (!resized) {
        std::memcpy(img.data, picture.data, img.bytes());
    } else if (dl::image::resize(picture, img, dl::image::DL_IMAGE_INTERPOLATE_BILINEAR) != ESP_OK) {
        img.data = nullptr;
    } else {
        std::mt19937 random(1);
        std::normal_distribution<double> grain(0, options.noise > 0 ? options.noise : 1);
        for (size_t i = 0; options.noise > 0 && i < memory.size(); i++) {
            memory[i] = static_cast<uint8_t>(std::clamp(std::lround(memory[i] + grain(random)), 0L, 255L));
        }
    }
    heap_caps_free(picture.data);
    return img;
}

bool measure(const std::string &path, const Options &options, const std::string &folder) {
    espdl_tool::LogCapture log;
    std::vector<uint8_t> memory;
    const img_t img = load(path, options, memory);
    Writer before = {write_simplified, folder + "/before.png", {}, 0};
    Writer now = {write_now, folder + "/now.png", {}, 0};
    bool done = img.data;
    std::vector<double> ratios;
    for (int round = 0; done && round < options.rounds; round++) {
        done = time_one(before, img) && time_one(now, img);
        ratios.push_back(now.times.back() / before.times.back());
    }
    if (!done) {
        fprintf(stderr, "png_bench: '%s': %s\n", path.c_str(), log.errors().c_str());
        return false;
    }
    const bool same = same_pixels(before, img) && same_pixels(now, img);
    printf("| %s | %dx%d | %.1f | %.1f | %.2f | %.2f to %.2f | %.0f | %.0f | %s |\n",
           path.substr(path.rfind('/') + 1).c_str(), img.width, img.height, median(before.times), median(now.times),
           median(ratios), *std::min_element(ratios.begin(), ratios.end()),
           *std::max_element(ratios.begin(), ratios.end()), static_cast<double>(before.bytes) / 1e3,
           static_cast<double>(now.bytes) / 1e3, same ? "the same" : "DIFFERENT");
    return same;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Time the writing of PNG files against libpng's simplified interface.", "png_bench");
    Options options;
    app.add_option("pictures", options.pictures, "Pictures")->required();
    app.add_option("--size", options.size, "Width and height that they are resized to")
        ->expected(2)
        ->check(CLI::Range(1, 65535));
    app.add_option("--noise", options.noise, "Standard deviation of the grain that a resized picture gets")
        ->check(CLI::Range(0, 50))
        ->capture_default_str();
    app.add_option("--rounds", options.rounds, "Measured rounds")->check(CLI::Range(1, 10000))->capture_default_str();
    espdl_tool::setup_log(false);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    std::string folder = std::filesystem::temp_directory_path() / "png_bench.XXXXXX";
    if (!mkdtemp(folder.data())) {
        perror("png_bench: no temporary folder");
        return 2;
    }
    printf("| picture | size | before ms | now ms | ratio | of single rounds | before kB | now kB | pixels |\n");
    printf("|---|---|---|---|---|---|---|---|---|\n");
    bool ok = true;
    for (const std::string &picture : options.pictures) {
        ok = measure(picture, options, folder) && ok;
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return ok ? 0 : 1;
}
