// Times every stage between a picture and its results with a YOLO11 detection or pose model, on the emulated board as
// firmware has it, and the memory that the process took.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "board/board.hpp"
#include "dl_image_jpeg.hpp"
#include "dl_image_preprocessor.hpp"
#include "dl_model_base.hpp"
#include "dl_pose_yolo11_postprocessor.hpp"
#include "esp_heap_caps.h"
#include "log_capture.hpp"
#include "model_file.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

int refuse(const std::string &reason) {
    fprintf(stderr, "pipeline_bench: %s\n", reason.c_str());
    return 2;
}

double milliseconds_of(const std::function<void()> &work) {
    const Clock::time_point start = Clock::now();
    work();
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/** Median and fastest of the runs, after some that do not count. */
Json measure(int runs, const std::function<void()> &work) {
    std::vector<double> times;
    for (int i = 0; i < runs + 3; i++) {
        times.push_back(milliseconds_of(work));
    }
    times.erase(times.begin(), times.begin() + 3);
    std::sort(times.begin(), times.end());
    return {{"median_ms", times[(times.size() - 1) / 2]}, {"min_ms", times.front()}};
}

size_t used_on_board() {
    size_t used = 0;
    for (uint32_t caps : {MALLOC_CAP_INTERNAL, MALLOC_CAP_SPIRAM}) {
        used += heap_caps_get_total_size(caps) - heap_caps_get_minimum_free_size(caps);
    }
    return used;
}

void print(const Json &report, const std::string &title, size_t results, size_t model_bytes) {
    printf("%s: median (fastest)\n", title.c_str());
    for (const auto &[stage, times] : report.items()) {
        printf("  %-32s %9.3f ms (%.3f)\n", stage.c_str(), times["median_ms"].get<double>(),
               times["min_ms"].get<double>());
    }
    printf("  results                          %9zu\n", results);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const double mib = 1 << 20, resident = static_cast<double>(usage.ru_maxrss) * 1024 / mib,
                 used = static_cast<double>(used_on_board()) / mib, size_mib = static_cast<double>(model_bytes) / mib;
    printf(
        "  peak resident memory             %9.1f MiB; used on the board at most %.1f MiB + 3 x model file of %.1f MiB "
        "+ 32 MiB = %.1f MiB\n",
        resident, used, size_mib, used + 3 * size_mib + 32);
}

int run(const std::string &model_path, const std::string &picture_path, int runs) {
    espdl_tool::ModelSelector selector;
    selector.param_copy = true;
    std::string error;
    std::unique_ptr<espdl_tool::ModelFile> file;
    std::unique_ptr<dl::Model> model;
    Json report;
    espdl_tool::LogCapture log;
    const double load_ms = milliseconds_of([&] {
        file = espdl_tool::ModelFile::open(model_path, selector, error);
        if (file) {
            dl::set_target(espdl_tool::choose_target(std::nullopt, model_path, &file->model(), nullptr));
            model = std::make_unique<dl::Model>(&file->model());
        }
    });
    if (!file) {
        return refuse(error);
    }
    const bool is_pose = model->get_outputs().count("kpt0") > 0;
    if (!model->is_ready() || !model->get_outputs().count("score0") || model->get_inputs().size() != 1) {
        return refuse("'" + model_path + "' is no YOLO11 model that runs here: " + log.errors());
    }
    report["load"] = {{"median_ms", load_ms}, {"min_ms", load_ms}};

    dl::image::jpeg_img_t jpeg = dl::image::read_jpeg(picture_path.c_str());
    dl::image::img_t picture = {};
    if (jpeg.data) {
        report["decode picture"] = measure(runs, [&] {
            heap_caps_free(picture.data);
            picture = dl::image::sw_decode_jpeg(jpeg, dl::image::DL_IMAGE_PIX_TYPE_RGB888);
        });
    }
    if (!picture.data) {
        return refuse("'" + picture_path + "': " + log.errors());
    }
    dl::image::ImagePreprocessor preprocessor(model.get(), {0, 0, 0}, {255, 255, 255});
    preprocessor.enable_letterbox({114, 114, 114});
    std::vector<uint8_t> pixels(1280 * 720 * 3);
    for (size_t i = 0; i < pixels.size(); i++) {
        pixels[i] = static_cast<uint8_t>(i * 2654435761u >> 24);
    }
    const dl::image::img_t camera = {pixels.data(), 1280, 720, dl::image::DL_IMAGE_PIX_TYPE_RGB888};
    const std::vector<int> &input = model->get_inputs().begin()->second->shape;
    const std::string size = std::to_string(input.at(2)) + "x" + std::to_string(input.at(1));
    report["preprocess 1280x720 to " + size] = measure(runs, [&] { preprocessor.preprocess(camera); });
    report["preprocess picture to " + size] = measure(runs, [&] { preprocessor.preprocess(picture); });
    report["preprocess and inference"] = measure(std::min(runs, 20), [&] {
        preprocessor.preprocess(picture);  // the plan may use the input's memory for something else
        model->run();
    });
    const std::vector<dl::detect::anchor_point_stage_t> stages = {{8, 8, 4, 4}, {16, 16, 8, 8}, {32, 32, 16, 16}};
    std::unique_ptr<dl::detect::yolo11PostProcessor> post;
    if (is_pose) {
        post =
            std::make_unique<dl::detect::yolo11posePostProcessor>(model.get(), &preprocessor, 0.25f, 0.7f, 10, stages);
    } else {
        post = std::make_unique<dl::detect::yolo11PostProcessor>(model.get(), &preprocessor, 0.25f, 0.7f, 10, stages);
    }
    size_t results = 0;
    report["postprocess"] = measure(runs, [&] {
        post->clear_result();
        post->postprocess();
        results = post->get_result(picture.width, picture.height).size();
    });

    print(report,
          model_path + ", " + picture_path + ", " + std::to_string(picture.width) + "x" +
              std::to_string(picture.height) + ", 1 thread, " + std::to_string(runs) + " runs",
          results, file->size());
    heap_caps_free(picture.data);
    heap_caps_free(jpeg.data);
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Time the stages from a JPEG to results, on the emulated board.", "pipeline_bench");
    std::string model, picture;
    int runs = 100;
    app.add_option("model", model, "YOLO11 detection or pose model")->required();
    app.add_option("picture", picture, "JPEG")->required();
    app.add_option("--runs", runs, "Measured runs")->check(CLI::Range(1, 100000))->capture_default_str();
    espdl_tool::setup_log(false);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return run(model, picture, runs);
}
