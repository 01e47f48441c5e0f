/**
 * @file eval_pipeline.hpp
 * The firmware path from a picture's file to results: the chip's JPEG decoder, the vision component's preprocessor, the
 * quantized network, a postprocessor.
 */
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dl_cls_base.hpp"
#include "dl_detect_base.hpp"
#include "eval_data.hpp"
#include "eval_program.hpp"
#include "model_file.hpp"
#include "runner.hpp"

namespace espdl_tool {

/** What a user may say about a model; what is left out is chosen by its outputs. */
struct PipelineOptions {
    std::string component;           ///< imagenet_cls, coco_detect, coco_pose: the app's own class; "": as below
    std::string task;                ///< "": by the outputs
    std::string postprocessor;       ///< cls, yolo11, yolo11_pose, yolo11_seg, espdet, pico, msr; "": by the outputs
    std::string second;              ///< model of the second stage behind msr; "": candidates are the results
    std::vector<float> mean, std;    ///< one value, or one for each channel
    std::vector<int> letterbox;      ///< colour of the border
    bool no_letterbox = false;       ///< stretch the picture
    std::optional<bool> bgr;         ///< the model reads BGR
    std::optional<bool> softmax;     ///< a classifier gives logits
    std::optional<float> score_thr;  ///< what a component's default is else
    std::optional<float> nms_thr;
    int top_k = 0;  ///< 0: the component's
    /** A firmware's program and its arguments, which answers instead of a model (EvalProgram); {}: a model does. */
    std::vector<std::string> program;
    std::vector<std::string> program_names;  ///< of its classes; {}: as it says
    std::string program_key;                 ///< whatever else decides about its answers, such as a hash of its flash
};

/** One thing found. */
struct Found {
    int category = 0;  ///< the model's
    float score = 0;
    std::array<int, 4> box = {};  ///< left, top, right, bottom
    std::vector<int> keypoints;   ///< x, y
    std::string mask;             ///< run lengths of the whole picture, as text
};

/** What the firmware says about a picture. */
struct EvalRecord {
    size_t item = 0;
    std::string error;  ///< why the picture could not be used; "": it could
    int width = 0, height = 0;
    std::vector<std::pair<int, float>> classes;  ///< best first
    std::vector<Found> objects;                  ///< best first
};

/** What the file itself says about the pictures that it was quantized for (docs/quantizer.md, Metadata). */
struct InputContract {
    std::vector<float> mean, std;               ///< {}: it does not say
    std::optional<std::vector<int>> letterbox;  ///< {}: stretched
    std::optional<bool> bgr;
};

class EvalPipeline {
public:
    /**
     * @param like a pipeline of the same file, for another thread: the file's bytes are shared
     * @return nullptr with the reason in `error`
     */
    static std::unique_ptr<EvalPipeline> make(const std::string &path, const ModelSelector &selector,
                                              const PipelineOptions &options, std::string &error,
                                              const EvalPipeline *like = nullptr);

    EvalTask task() const { return m_task; }
    size_t class_count() const { return m_class_count; }
    /** What the model's metadata names; {}: nothing. */
    const std::vector<std::string> &class_names() const { return m_class_names; }
    /** All that decides about results, with what was chosen where the user said nothing. */
    nlohmann::ordered_json describe() const;
    /** Never fails as a whole: a picture that cannot be used has its reason in the record. */
    EvalRecord run(const std::string &picture);
    /** The program that answers; nullptr: a model does. */
    const EvalProgram *program() const { return m_program.get(); }
    const ModelFile &file() const { return *m_file; }
    ModelFile &file() { return *m_file; }
    /** nullptr without a second stage */
    const ModelFile *second_file() const;
    dl::Model &model() { return *m_model; }
    /** How the preprocessing differs from what the file says; {} if it does not, or the file says nothing. */
    std::vector<std::string> contract_breaches() const;
    const std::vector<float> &mean() const { return m_mean; }
    const std::vector<float> &std() const { return m_std; }
    /** A preprocessor as run() has it, unless there is a component. */
    std::unique_ptr<dl::image::ImagePreprocessor> make_preprocessor() const;

private:
    static std::unique_ptr<EvalPipeline> make_of_program(const PipelineOptions &options, std::string &error);
    EvalRecord ask(const std::string &picture);
    bool choose(const PipelineOptions &options, std::string &error);
    bool choose_postprocessor(const PipelineOptions &options, std::string &error);
    bool build(dl::Model *model, std::string &error);
    void classify(const dl::image::img_t &picture, EvalRecord &record);
    void detect(const dl::image::img_t &picture, EvalRecord &record);

    std::unique_ptr<EvalProgram> m_program;
    std::string m_program_key;
    std::unique_ptr<ModelFile> m_file;
    std::unique_ptr<dl::cls::Cls> m_cls;
    std::unique_ptr<dl::cls::ClsPostprocessor> m_numbers;  ///< tells indices where m_cls tells names
    std::unique_ptr<dl::detect::Detect> m_detect;
    dl::Model *m_model = nullptr;  ///< m_cls's or m_detect's
    EvalTask m_task = EvalTask::Classify;
    std::string m_component, m_postprocessor, m_second;
    std::vector<float> m_mean, m_std;
    InputContract m_contract;
    std::vector<int> m_letterbox;
    bool m_bgr = false, m_softmax = true;
    float m_score_thr = 0, m_nms_thr = 0;
    int m_top_k = 0;
    size_t m_class_count = 0;
    std::vector<std::string> m_class_names;
};

/**
 * What the firmware makes of a picture for its model: the only input's values. The model's own input is overwritten.
 * @return false with the reason in `error`
 */
bool read_picture(dl::Model &model, dl::image::ImagePreprocessor &preprocessor, const std::string &picture,
                  Value &input, std::string &error);

/** A record as a line of a journal has it, and back. */
nlohmann::ordered_json record_json(const EvalRecord &record);
bool parse_record(const nlohmann::ordered_json &json, EvalRecord &record);

}  // namespace espdl_tool
