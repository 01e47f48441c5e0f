#include "eval_pipeline.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "coco_detect.hpp"
#include "coco_pose.hpp"
#include "dl_class_names.hpp"
#include "dl_detect_espdet_postprocessor.hpp"
#include "dl_detect_msr_postprocessor.hpp"
#include "dl_detect_pico_postprocessor.hpp"
#include "dl_image_file.hpp"
#include "dl_image_jpeg.hpp"
#include "dl_seg_yolo11_postprocessor.hpp"
#include "dl_tool.hpp"
#include "esp_heap_caps.h"
#include "imagenet_cls.hpp"
#include "log_capture.hpp"
#include "two_stage.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

/** What the published components of this family do, where the user says nothing. */
const std::vector<dl::detect::anchor_point_stage_t> STAGES = {{8, 8, 4, 4}, {16, 16, 8, 8}, {32, 32, 16, 16}};
constexpr int DETECT_TOP_K = 10;
/** The same for the two-stage face detector. */
const std::vector<dl::detect::anchor_box_stage_t> FACES = {{8, 8, 9, 9, {{16, 16}, {32, 32}}},
                                                           {16, 16, 9, 9, {{64, 64}, {128, 128}}}};
constexpr size_t FACE_ANCHORS = 2;
constexpr float FACE_THRESHOLD = 0.5f;

/** A postprocessor that is known by name. */
struct Known {
    const char *name;
    EvalTask task;
    const char *mark;  ///< output that only its networks have; nullptr: the only output
};
// The first one whose mark is there counts.
constexpr Known KNOWN[] = {
    {"yolo11_pose", EvalTask::Pose, "kpt0"}, {"yolo11_seg", EvalTask::Segment, "mc0"},
    {"pico", EvalTask::Detect, "bbox0"},     {"yolo11", EvalTask::Detect, "box0"},
    {"espdet", EvalTask::Detect, "box0"},    {"cls", EvalTask::Classify, nullptr},
    {"msr", EvalTask::Detect, "box0"},
};

/** A component, and the postprocessor that it has. */
struct Component {
    const char *name, *postprocessor;
};
constexpr Component COMPONENTS[] = {{"imagenet_cls", "cls"}, {"coco_detect", "yolo11"}, {"coco_pose", "yolo11_pose"}};

class DescribedCls : public dl::cls::ClsImpl {
public:
    DescribedCls(dl::Model *model, dl::image::ImagePreprocessor *preprocessor, int top_k, float score_thr,
                 bool softmax) {
        m_model = model;
        m_image_preprocessor = preprocessor;
        m_postprocessor = new dl::cls::ClsPostprocessor(model, top_k, score_thr, softmax);
    }
};

class DescribedDetect : public dl::detect::DetectImpl {
public:
    DescribedDetect(dl::Model *model, dl::image::ImagePreprocessor *preprocessor, const std::string &postprocessor,
                    float score_thr, float nms_thr, int top_k) {
        m_model = model;
        m_image_preprocessor = preprocessor;
        auto make = [&]<typename Post>(Post *) {
            return new Post(model, preprocessor, score_thr, nms_thr, top_k, STAGES);
        };
        if (postprocessor == "yolo11_pose") {
            m_postprocessor = make(static_cast<dl::detect::yolo11posePostProcessor *>(nullptr));
        } else if (postprocessor == "yolo11_seg") {
            m_postprocessor = make(static_cast<dl::detect::yolo11segPostProcessor *>(nullptr));
        } else if (postprocessor == "pico") {
            m_postprocessor = make(static_cast<dl::detect::PicoPostprocessor *>(nullptr));
        } else if (postprocessor == "msr") {
            m_postprocessor = new dl::detect::MSRPostprocessor(model, preprocessor, score_thr, nms_thr, top_k, FACES);
        } else if (postprocessor == "espdet") {
            m_postprocessor = make(static_cast<dl::detect::ESPDetPostProcessor *>(nullptr));
        } else {
            m_postprocessor = make(static_cast<dl::detect::yolo11PostProcessor *>(nullptr));
        }
    }
};

/** Names a class by its index. Order and scores are those of every other classifier's postprocessor. */
class NumberPostprocessor : public dl::cls::ClsPostprocessor {
public:
    NumberPostprocessor(dl::TensorBase *output, int top_k, float score_thr, bool softmax)
        : ClsPostprocessor(output, top_k, score_thr, softmax) {
        for (int i = 0; i < output->size; i++) {
            m_numbers.push_back(std::to_string(i));
        }
        for (const std::string &number : m_numbers) {
            m_pointers.push_back(number.c_str());
        }
        m_cat_names = m_pointers.data();
        m_cat_count = static_cast<int>(m_pointers.size());
    }

private:
    std::vector<std::string> m_numbers;
    std::vector<const char *> m_pointers;
};

/** "1,2.5,3"; {} if it is no list of numbers */
std::vector<float> numbers_of(const std::string &text) {
    std::vector<float> numbers;
    for (size_t start = 0; !text.empty() && start <= text.size();) {
        const size_t end = std::min(text.find(',', start), text.size());
        float number = 0;
        const auto [stop, code] = std::from_chars(text.data() + start, text.data() + end, number);
        if (code != std::errc() || stop != text.data() + end || !std::isfinite(number)) {
            return {};
        }
        numbers.push_back(number);
        start = end + 1;
    }
    return numbers;
}

InputContract read_contract(dl::Model &model, size_t channels) {
    const std::string prefix = "input." + model.get_inputs().begin()->first + ".";
    auto of_channels = [&](const char *key) {
        const std::vector<float> numbers = numbers_of(model.get_metadata_prop(prefix + key));
        return numbers.size() == channels ? numbers : std::vector<float>();
    };
    InputContract contract = {of_channels("mean"), of_channels("std"), {}, {}};
    const std::string letterbox = model.get_metadata_prop(prefix + "letterbox");
    const std::vector<float> colour = numbers_of(letterbox);
    if (letterbox == "no") {
        contract.letterbox.emplace();
    } else if (colour.size() == 1 || colour.size() == 3) {
        contract.letterbox.emplace();
        for (size_t i = 0; i < 3; i++) {
            contract.letterbox->push_back(static_cast<int>(std::clamp(colour[colour.size() == 1 ? 0 : i], 0.f, 255.f)));
        }
    }
    const std::string order = model.get_metadata_prop(prefix + "colour");
    if (order == "RGB" || order == "BGR") {
        contract.bgr = order == "BGR";
    }
    return contract;
}

std::string text_of(const std::vector<float> &numbers) {
    std::string text;
    for (float number : numbers) {
        char buffer[32];
        snprintf(buffer, sizeof(buffer), "%s%g", text.empty() ? "" : ",", static_cast<double>(number));
        text += buffer;
    }
    return text;
}

/** The box's mask in a mask of the whole picture. */
std::string mask_text(const dl::detect::result_t &result, int width, int height) {
    const int left = result.box[0], top = result.box[1];
    const int columns = result.box[2] - left, rows = result.box[3] - top;
    std::vector<uint8_t> pixels(static_cast<size_t>(width) * height);
    if (columns > 0 && rows > 0 && result.mask.size() == static_cast<size_t>(columns) * rows && left >= 0 && top >= 0 &&
        left + columns <= width && top + rows <= height) {
        for (int y = 0; y < rows; y++) {
            std::copy_n(result.mask.begin() + static_cast<ptrdiff_t>(y) * columns, columns,
                        pixels.begin() + static_cast<ptrdiff_t>(top + y) * width + left);
        }
    }
    return coco::rle_to_text(
        coco::rle_from_pixels(pixels.data(), static_cast<uint32_t>(height), static_cast<uint32_t>(width)));
}

}  // namespace

bool EvalPipeline::choose_postprocessor(const PipelineOptions &options, std::string &error) {
    const std::map<std::string, dl::TensorBase *> &outputs = m_model->get_outputs();
    m_postprocessor = options.postprocessor;
    m_component = options.component;
    for (const Component &component : COMPONENTS) {
        if (options.component == component.name) {
            m_postprocessor = component.postprocessor;
        }
    }
    if (m_postprocessor.empty()) {
        for (const Known &known : KNOWN) {
            const bool is_it = known.mark ? outputs.count(known.mark) > 0 : outputs.size() == 1;
            const bool fits = options.task.empty() || options.task == task_name(known.task);
            if (is_it && fits && m_postprocessor.empty()) {
                m_postprocessor = known.name;
            }
        }
        // Several families have a box0. YOLO11's is a distribution over 16 bins for each side, ESPDet's the sides.
        if (m_postprocessor == "yolo11") {
            const std::vector<int> &box = outputs.at("box0")->shape;
            const int channels = box.empty() ? 0 : box.back();
            // MSR's are those of two anchors.
            m_postprocessor = channels == 64 ? "yolo11" : channels == 4 ? "espdet" : channels == 8 ? "msr" : "";
        }
    }
    for (const Known &known : KNOWN) {
        if (m_postprocessor == known.name) {
            m_task = known.task;
            if (!options.task.empty() && options.task != task_name(m_task)) {
                error = "--task " + options.task + ": " + m_postprocessor + " is for " + task_name(m_task);
                return false;
            }
            return true;
        }
    }
    error = "the model's outputs are those of no postprocessor that is known here:";
    for (const auto &[name, tensor] : outputs) {
        error += " " + name + " " + dl::tool::shape_to_string(tensor->shape);
    }
    error += "; --postprocessor names one";
    return false;
}

bool EvalPipeline::choose(const PipelineOptions &options, std::string &error) {
    if (!choose_postprocessor(options, error)) {
        return false;
    }
    const bool is_cls = m_task == EvalTask::Classify, is_msr = m_postprocessor == "msr";
    m_second = options.second;
    if (!m_second.empty() && !is_msr) {
        error = "--second " + m_second + ": the first stage is " + m_postprocessor + ", not msr";
        return false;
    }
    const bool own = !options.mean.empty() || !options.std.empty() || !options.letterbox.empty() || options.bgr ||
                     options.no_letterbox || options.softmax || options.top_k > 0 || !options.postprocessor.empty();
    if (!m_component.empty() && own) {
        error = "--component " + m_component +
                " decides about preprocessing and postprocessing: only the thresholds are options beside it";
        return false;
    }
    if (is_cls && m_model->get_outputs().size() != 1) {
        error = "a classifier has one output, this model has " + std::to_string(m_model->get_outputs().size());
        return false;
    }
    if (m_postprocessor == "pico" && (options.mean.empty() || options.std.empty())) {
        error = "--mean and --std are needed: no component tells what a PicoDet was trained with";
        return false;
    }
    const dl::TensorBase *input = m_model->get_inputs().size() == 1 ? m_model->get_inputs().begin()->second : nullptr;
    const size_t channels = input && input->shape.size() == 4 ? static_cast<size_t>(input->shape[3]) : 0;
    if (channels != 1 && channels != 3) {
        error = "a model with one input of shape [1, height, width, 1 or 3] is needed";
        return false;
    }
    // Of one value for a grey model, the middle channel's stands for all three.
    auto fill = [&](std::vector<float> values, const std::vector<float> &standard) {
        values = values.empty() ? standard : values;
        if (values.size() == 1 && channels == 3) {
            values.assign(3, values[0]);
        } else if (values.size() == 3 && channels == 1) {
            values = {values[1]};
        }
        return values;
    };
    m_contract = read_contract(*m_model, channels);
    auto standard = [&](const std::vector<float> &own, const std::vector<float> &component) {
        return own.empty() ? component : own;
    };
    m_mean = fill(options.mean, standard(m_contract.mean, is_cls ? std::vector<float>{123.675f, 116.28f, 103.53f}
                                                                 : std::vector<float>(3, 0)));
    m_std = fill(options.std, standard(m_contract.std, is_cls ? std::vector<float>{58.395f, 57.12f, 57.375f}
                                                              : std::vector<float>(3, is_msr ? 1 : 255)));
    m_letterbox = m_contract.letterbox.value_or(is_cls || is_msr ? std::vector<int>() : std::vector<int>(3, 114));
    if (options.no_letterbox || !options.letterbox.empty()) {
        m_letterbox = options.letterbox;
    }
    if (m_letterbox.size() == 1) {
        m_letterbox.assign(3, m_letterbox[0]);
    }
    m_bgr = options.bgr.value_or(m_contract.bgr.value_or(is_msr));
    m_softmax = options.softmax.value_or(true);
    if (is_cls) {
        m_score_thr = options.score_thr.value_or(imagenet_cls::MobileNetV2::default_score_thr);
        m_top_k = options.top_k > 0 ? options.top_k : imagenet_cls::MobileNetV2::default_topk;
    } else {
        m_score_thr = options.score_thr.value_or(is_msr ? FACE_THRESHOLD : coco_detect::Yolo11n::default_score_thr);
        m_nms_thr = options.nms_thr.value_or(is_msr ? FACE_THRESHOLD : coco_detect::Yolo11n::default_nms_thr);
        m_top_k = options.top_k > 0 ? options.top_k : DETECT_TOP_K;
    }
    return true;
}

std::vector<std::string> EvalPipeline::contract_breaches() const {
    std::vector<std::string> breaches;
    auto compare = [&](const char *what, const std::vector<float> &used, const std::vector<float> &wanted) {
        if (!wanted.empty() && used != wanted) {
            breaches.push_back(std::string(what) + " " + text_of(used) + ", the file was quantized for " +
                               text_of(wanted));
        }
    };
    compare("mean", m_mean, m_contract.mean);
    compare("std", m_std, m_contract.std);
    if (m_contract.letterbox && *m_contract.letterbox != m_letterbox) {
        auto name = [](const std::vector<int> &colour) {
            return colour.empty() ? std::string("stretched pictures")
                                  : "a letterbox of " + text_of({colour.begin(), colour.end()});
        };
        breaches.push_back(name(m_letterbox) + ", the file was quantized for " + name(*m_contract.letterbox));
    }
    if (m_contract.bgr && *m_contract.bgr != m_bgr) {
        breaches.push_back(std::string(m_bgr ? "BGR" : "RGB") + ", the file was quantized for " +
                           (*m_contract.bgr ? "BGR" : "RGB"));
    }
    return breaches;
}

std::unique_ptr<dl::image::ImagePreprocessor> EvalPipeline::make_preprocessor() const {
    auto preprocessor = std::make_unique<dl::image::ImagePreprocessor>(m_model, m_mean, m_std, m_bgr);
    if (!m_letterbox.empty()) {
        preprocessor->enable_letterbox({static_cast<uint8_t>(m_letterbox[0]), static_cast<uint8_t>(m_letterbox[1]),
                                        static_cast<uint8_t>(m_letterbox[2])});
    }
    return preprocessor;
}

bool EvalPipeline::build(dl::Model *model, std::string &error) {
    LogCapture log;
    dl::image::ImagePreprocessor *preprocessor = nullptr;
    if (m_component.empty()) {
        preprocessor = make_preprocessor().release();
    }
    if (m_task == EvalTask::Classify) {
        dl::TensorBase *output = model->get_outputs().begin()->second;
        m_numbers = std::make_unique<NumberPostprocessor>(output, m_top_k, m_score_thr, m_softmax);
        m_class_count = static_cast<size_t>(output->size);
        if (m_component.empty()) {
            m_cls = std::make_unique<DescribedCls>(model, preprocessor, m_top_k, m_score_thr, m_softmax);
        } else {
            m_cls = std::make_unique<imagenet_cls::MobileNetV2>(model, m_top_k, m_score_thr);
        }
        m_cls->get_raw_model();
    } else {
        const auto score = model->get_outputs().find("score0");
        if (score == model->get_outputs().end() || score->second->shape.empty()) {
            delete preprocessor;
            delete model;
            error = "the model has no output named score0, which tells how many classes there are";
            return false;
        }
        m_class_count =
            static_cast<size_t>(score->second->shape.back()) / (m_postprocessor == "msr" ? FACE_ANCHORS : 1);
        if (m_component == "coco_detect") {
            m_detect = std::make_unique<coco_detect::Yolo11n>(model, m_score_thr, m_nms_thr);
        } else if (m_component == "coco_pose") {
            m_detect = std::make_unique<coco_pose::Yolo11nPose>(model, m_score_thr, m_nms_thr);
        } else {
            m_detect = std::make_unique<DescribedDetect>(model, preprocessor, m_postprocessor, m_score_thr, m_nms_thr,
                                                         m_top_k);
        }
        if (!m_second.empty()) {
            m_detect = TwoStageDetect::make(std::move(m_detect), m_second, {m_mean, m_std, m_bgr},
                                            {m_score_thr, m_nms_thr, m_top_k}, error);
            if (!m_detect) {
                return false;
            }
        }
    }
    const bool ready = m_cls ? m_cls->get_raw_model() != nullptr : m_detect->get_raw_model(0) != nullptr;
    if (!ready || !log.errors().empty()) {
        error = log.errors().empty() ? "the model does not fit the preprocessor" : log.errors();
        return false;
    }
    return true;
}

std::unique_ptr<EvalPipeline> EvalPipeline::make(const std::string &path, const ModelSelector &selector,
                                                 const PipelineOptions &options, std::string &error,
                                                 const EvalPipeline *like) {
    if (!options.program.empty()) {
        return make_of_program(options, error);
    }
    // What the chip cannot read, its firmware has no result for.
    dl::image::set_progressive_jpeg_allowed(false);
    auto pipeline = std::make_unique<EvalPipeline>();
    pipeline->m_file = like ? ModelFile::again(like->file(), selector, error) : ModelFile::open(path, selector, error);
    if (!pipeline->m_file) {
        return nullptr;
    }
    std::unique_ptr<dl::Model> model;
    {
        LogCapture log;
        model = std::make_unique<dl::Model>(&pipeline->m_file->model());
        if (!model->is_ready()) {
            error = "'" + path + "': " + log.errors();
            return nullptr;
        }
    }
    pipeline->m_model = model.get();
    if (!pipeline->choose(options, error)) {
        error = "'" + path + "': " + error;
        return nullptr;
    }
    const dl::cls::ClassNames names(model.get());
    for (int i = 0; names.get(i); i++) {
        pipeline->m_class_names.push_back(names.get(i));
    }
    if (!pipeline->build(model.release(), error)) {
        error = "'" + path + "': " + error;
        return nullptr;
    }
    return pipeline;
}

std::unique_ptr<EvalPipeline> EvalPipeline::make_of_program(const PipelineOptions &options, std::string &error) {
    auto pipeline = std::make_unique<EvalPipeline>();
    pipeline->m_program = EvalProgram::start(options.program, error);
    if (!pipeline->m_program) {
        return nullptr;
    }
    const EvalProgram &program = *pipeline->m_program;
    const std::string task = options.task.empty() ? program.task() : options.task;
    const bool is_pose = task == "pose" && program.task() == "detect";
    if ((task != program.task() && !is_pose) || !task_from_name(task, pipeline->m_task)) {
        error = "'" + program.path() + "' is for --task " + program.task() +
                (program.task() == "detect" ? " or pose" : "") + ", not for " + task;
        return nullptr;
    }
    pipeline->m_program_key = options.program_key;
    pipeline->m_class_names = options.program_names.empty() ? program.names() : options.program_names;
    pipeline->m_class_count = pipeline->m_class_names.size();
    pipeline->m_component = program.path().substr(program.path().rfind('/') + 1);
    pipeline->m_postprocessor = "the program's own";
    pipeline->m_top_k = options.top_k > 0 ? options.top_k : imagenet_cls::MobileNetV2::default_topk;
    return pipeline;
}

const ModelFile *EvalPipeline::second_file() const {
    return m_second.empty() ? nullptr : &static_cast<const TwoStageDetect &>(*m_detect).second_file();
}

Json EvalPipeline::describe() const {
    Json json = {{"task", task_name(m_task)}, {"component", m_component}, {"postprocessor", m_postprocessor}};
    if (m_program) {
        json.update({{"program_key", m_program_key}, {"top_k", m_top_k}, {"classes", m_class_count}});
        json["names"] = m_class_names;
        return json;
    }
    if (m_component.empty()) {
        json["mean"] = m_mean;
        json["std"] = m_std;
        json["bgr"] = m_bgr;
        json["letterbox"] = m_letterbox;
    }
    if (m_task == EvalTask::Classify) {
        json["softmax"] = m_softmax;
    } else {
        json["nms_threshold"] = m_nms_thr;
    }
    // The lowest float, which lets everything pass, is no number that people want to read.
    json["score_threshold"] = m_score_thr == std::numeric_limits<float>::lowest() ? Json(nullptr) : Json(m_score_thr);
    json["top_k"] = m_top_k;
    json["classes"] = m_class_count;
    json["names"] = m_class_names;
    return json;
}

void EvalPipeline::classify(const dl::image::img_t &picture, EvalRecord &record) {
    m_cls->run(picture);
    for (const dl::cls::result_t &result : m_numbers->postprocess()) {
        record.classes.emplace_back(atoi(result.cat_name), result.score);
    }
}

void EvalPipeline::detect(const dl::image::img_t &picture, EvalRecord &record) {
    for (const dl::detect::result_t &result : m_detect->run(picture)) {
        Found found;
        found.category = result.category;
        found.score = result.score;
        std::copy_n(result.box.begin(), std::min<size_t>(4, result.box.size()), found.box.begin());
        found.keypoints = result.keypoint;
        if (m_task == EvalTask::Segment) {
            found.mask = mask_text(result, picture.width, picture.height);
        }
        record.objects.push_back(std::move(found));
    }
}

EvalRecord EvalPipeline::ask(const std::string &path) {
    EvalRecord record;
    Json answer;
    if (!m_program->ask(path, answer, record.error)) {
        return record;
    }
    try {
        answer["i"] = 0;
        // A class by its name becomes one by its number.
        Json &classes = answer["classes"];
        for (Json &entry : classes) {
            const auto at = std::find(m_class_names.begin(), m_class_names.end(), entry.at(0).get<std::string>());
            if (at == m_class_names.end()) {
                record.error = "the program's class '" + entry.at(0).get<std::string>() + "' has no number: --classes";
                return record;
            }
            entry[0] = at - m_class_names.begin();
        }
        if (classes.is_null()) {
            answer.erase("classes");
        }
        if (parse_record(answer, record)) {
            return record;
        }
    } catch (const Json::exception &) {
    }
    record = EvalRecord();
    record.error = "the program's answer is no record: " + answer.dump(-1, ' ', false, Json::error_handler_t::replace);
    return record;
}

EvalRecord EvalPipeline::run(const std::string &path) {
    if (m_program) {
        return ask(path);
    }
    EvalRecord record;
    LogCapture log;
    dl::image::img_t picture = dl::image::read_image(path.c_str());
    if (picture.data) {
        record.width = picture.width;
        record.height = picture.height;
        if (m_task == EvalTask::Classify) {
            classify(picture, record);
        } else {
            detect(picture, record);
        }
        heap_caps_free(picture.data);
    }
    if (!picture.data || !log.errors().empty()) {
        record.error = log.errors().empty() ? "it cannot be read" : log.errors();
        record.classes.clear();
        record.objects.clear();
    }
    return record;
}

bool read_picture(dl::Model &model, dl::image::ImagePreprocessor &preprocessor, const std::string &path, Value &input,
                  std::string &error) {
    LogCapture log;
    dl::image::img_t picture = dl::image::read_image(path.c_str());
    const bool prepared = picture.data && preprocessor.preprocess(picture) == ESP_OK;
    heap_caps_free(picture.data);
    if (!prepared) {
        error = log.errors().empty() ? "'" + path + "' cannot be read" : log.errors();
        return false;
    }
    const auto &[name, tensor] = *model.get_inputs().begin();
    const uint8_t *data = static_cast<const uint8_t *>(tensor->get_element_ptr());
    input = {
        name, tensor->dtype, tensor->shape, static_cast<int>(tensor->exponent), {data, data + tensor->get_bytes()}};
    return true;
}

Json record_json(const EvalRecord &record) {
    Json json = {{"i", record.item}};
    if (!record.error.empty()) {
        json["error"] = record.error;
        return json;
    }
    json["size"] = {record.width, record.height};
    if (!record.classes.empty()) {
        json["classes"] = record.classes;
    }
    for (const Found &found : record.objects) {
        Json object = {{"c", found.category}, {"s", found.score}, {"b", found.box}};
        if (!found.keypoints.empty()) {
            object["k"] = found.keypoints;
        }
        if (!found.mask.empty()) {
            object["m"] = found.mask;
        }
        json["objects"].push_back(std::move(object));
    }
    return json;
}

bool parse_record(const Json &json, EvalRecord &record) {
    try {
        record.item = json.at("i").get<size_t>();
        record.error = json.value("error", "");
        if (!record.error.empty()) {
            return true;
        }
        record.width = json.at("size").at(0).get<int>();
        record.height = json.at("size").at(1).get<int>();
        if (json.contains("classes")) {
            record.classes = json["classes"].get<std::vector<std::pair<int, float>>>();
        }
        for (const Json &object : json.value("objects", Json::array())) {
            Found found;
            found.category = object.at("c").get<int>();
            found.score = object.at("s").get<float>();
            found.box = object.at("b").get<std::array<int, 4>>();
            found.keypoints = object.value("k", std::vector<int>());
            found.mask = object.value("m", "");
            record.objects.push_back(std::move(found));
        }
        return true;
    } catch (const Json::exception &) {
        return false;
    }
}

}  // namespace espdl_tool
