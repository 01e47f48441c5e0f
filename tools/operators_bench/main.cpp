// What the vector kernels of single operators gain: the reference kernel and those of each instruction set, measured in
// turn in one run. Published networks hardly have these operators, or take too little time with them to measure it.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dl_base_kernel.hpp"
#include "dl_module_gather.hpp"
#include "dl_module_normalization.hpp"
#include "dl_module_pad.hpp"
#include "dl_module_pool.hpp"
#include "dl_module_reduce.hpp"
#include "dl_module_resize.hpp"
#include "dl_module_softmax.hpp"
#include "log_capture.hpp"

namespace {

using namespace dl;
using Clock = std::chrono::steady_clock;
using Shape = std::vector<int>;
using Tensor = std::unique_ptr<TensorBase>;
using Maker = std::function<std::unique_ptr<module::Module>()>;

constexpr int INDICES = 100;  ///< that a Gather takes

/** An operator on one tensor; Gather also has indices. */
struct Case {
    std::string name;
    Shape in, out;
    Maker make;
    std::vector<dtype_t> types = {DATA_TYPE_INT8, DATA_TYPE_INT16};
    int coarser = 0;  ///< the output's exponent less the input's
    bool has_indices = false;
};

template <typename Module, typename... Args>
Maker maker(Args... args) {
    return [=] { return std::make_unique<Module>(args...); };
}

std::vector<Case> rows_and_reductions() {
    std::vector<Case> cases;
    for (const Shape &shape : {Shape{50, 64}, Shape{100, 100}, Shape{16, 1000}}) {
        cases.push_back({"Softmax", shape, shape, maker<module::Softmax>("softmax", -1)});
        cases.back().coarser = -3;
        cases.push_back({"LogSoftmax", shape, shape, maker<module::LogSoftmax>("log_softmax", -1)});
        cases.back().coarser = 1;
    }
    // Distributions of box edges, as a detector's head has them, and attention with the keys first.
    for (const Shape &shape : {Shape{16, 8400}, Shape{100, 100}, Shape{400, 64}}) {
        cases.push_back({"Softmax, columns", shape, shape, maker<module::Softmax>("softmax", 0)});
        cases.back().coarser = -3;
        cases.push_back({"LogSoftmax, columns", shape, shape, maker<module::LogSoftmax>("log_softmax", 0)});
        cases.back().coarser = 1;
    }
    const auto reduce = [&](const char *name, base::reduce_t op, const Shape &shape, int axis) {
        Shape out = shape;
        out[axis] = 1;
        cases.push_back({name, shape, out, maker<module::Reduce>(op, std::vector<int>{axis}, true, false)});
        cases.back().coarser = 2;
    };
    for (const Shape &shape : {Shape{400, 192}, Shape{400, 49}, Shape{1600, 16}}) {
        reduce("ReduceMean, rows", base::REDUCE_MEAN, shape, 1);
        reduce("ReduceL2, rows", base::REDUCE_L2, shape, 1);
        reduce("ReduceMax, rows", base::REDUCE_MAX, shape, 1);
    }
    reduce("ReduceMean, columns", base::REDUCE_MEAN, {400, 192}, 0);
    reduce("ReduceMax, columns", base::REDUCE_MAX, {400, 192}, 0);
    return cases;
}

std::vector<Case> images_and_copies() {
    std::vector<Case> cases;
    for (int c : {8, 24, 64, 256}) {
        cases.push_back({"Resize, linear", {1, 40, 40, c}, {1, 80, 80, c}, [] {
                             return std::make_unique<module::Resize>("resize", RESIZE_LINEAR,
                                                                     std::vector<float>{1, 1, 2, 2}, Shape{},
                                                                     module::Resize::HALF_PIXEL, module::Resize::FLOOR);
                         }});
    }
    const auto pad = [&](const char *name, module::Pad::mode_t mode, const Shape &shape, const Shape &pads) {
        Shape out = shape;
        for (size_t axis = 0; axis < shape.size(); axis++) {
            out[axis] += pads[axis] + pads[axis + shape.size()];
        }
        cases.push_back({name, shape, out, maker<module::Pad>("pad", pads, mode)});
    };
    const Shape frame = {0, 1, 1, 0, 0, 1, 1, 0};
    pad("Pad, constant", module::Pad::CONSTANT, {1, 80, 80, 32}, frame);
    pad("Pad, constant", module::Pad::CONSTANT, {1, 64, 200, 1}, frame);
    pad("Pad, edge", module::Pad::EDGE, {1, 80, 80, 32}, frame);
    pad("Pad, reflect", module::Pad::REFLECT, {1, 160, 160, 3}, frame);
    pad("Pad, reflect", module::Pad::REFLECT, {1, 16000}, {0, 200, 0, 200});
    for (int run : {1, 16, 64, 192}) {
        cases.push_back({"Gather", {1000, run}, {INDICES, run}, maker<module::Gather>(nullptr, 0)});
        cases.back().has_indices = true;
    }
    const module::PoolAttributes window = {{2, 2}, {2, 2}, {}, {}};
    for (int c : {16, 64}) {
        const Shape in = {1, 40, 40, c}, out = {1, 20, 20, c};
        const std::vector<dtype_t> all = {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT};
        cases.push_back({"MaxPool, 2x2", in, out, maker<module::MaxPool>("max", window), all});
        cases.push_back({"AveragePool, 2x2", in, out, maker<module::AveragePool>("average", window), all});
    }
    return cases;
}

/** Random elements around 0, of which few saturate. */
Tensor make_input(const Shape &shape, dtype_t type, int exponent) {
    Tensor tensor = std::make_unique<TensorBase>(shape, nullptr, exponent, type);
    std::mt19937 random(1);
    std::normal_distribution<float> bell(0, type == DATA_TYPE_INT16 ? 8000 : 31);
    for (int i = 0; i < tensor->size; i++) {
        const float x = bell(random);
        if (type == DATA_TYPE_INT8) {
            tensor->get_element_ptr<int8_t>()[i] = static_cast<int8_t>(std::clamp(x, -128.0f, 127.0f));
        } else if (type == DATA_TYPE_INT16) {
            tensor->get_element_ptr<int16_t>()[i] = static_cast<int16_t>(std::clamp(x, -32768.0f, 32767.0f));
        } else {
            tensor->get_element_ptr<float>()[i] = x;
        }
    }
    return tensor;
}

/** A module that is ready to run, on tensors that it does not own. */
class Runner {
public:
    Runner(const Case &test, const std::vector<TensorBase *> &inputs, TensorBase *output) : m_module(test.make()) {
        for (TensorBase *input : inputs) {
            m_module->m_inputs_index.push_back(m_context.push_back_tensor(input));
        }
        m_module->m_outputs_index.push_back(m_context.push_back_tensor(output));
        m_ready = m_module->check(&m_context) == ESP_OK && m_module->prepare(&m_context) == ESP_OK;
    }
    ~Runner() { m_context.m_variables.clear(); }

    bool is_ready() const { return m_ready; }
    std::string kernel() const { return m_module->kernel_name(); }
    /** Microseconds of a run: the mean of `runs`, of the fastest of three times. */
    double measure(int runs) {
        double best = INFINITY;
        for (int i = 0; i < 3; i++) {
            const Clock::time_point start = Clock::now();
            for (int k = 0; k < runs; k++) {
                m_module->forward(&m_context, RUNTIME_MODE_SINGLE_CORE);
            }
            best = std::min(best, std::chrono::duration<double, std::micro>(Clock::now() - start).count() / runs);
        }
        return best;
    }

private:
    ModelContext m_context;
    std::unique_ptr<module::Module> m_module;
    bool m_ready = false;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/** Print the row of a case: the reference kernel's time, then time and ratio of each instruction set. */
bool compare(const Case &test, dtype_t type, const std::vector<base::isa_t> &isas, int rounds) {
    const int exponent = type == DATA_TYPE_INT8 ? -4 : type == DATA_TYPE_INT16 ? -12 : 0;
    const Tensor in = make_input(test.in, type, exponent);
    TensorBase out(test.out, nullptr, type == DATA_TYPE_FLOAT ? 0 : exponent + test.coarser, type);
    TensorBase indices({INDICES}, nullptr, 0, DATA_TYPE_INT64);
    for (int i = 0; i < INDICES; i++) {
        indices.get_element_ptr<int64_t>()[i] = i * 37 % test.in[0];
    }
    std::vector<TensorBase *> inputs = {in.get()};
    if (test.has_indices) {
        inputs.push_back(&indices);
    }
    std::vector<std::unique_ptr<Runner>> runners;
    for (base::isa_t isa : isas) {
        base::set_isa_level(isa);
        runners.push_back(std::make_unique<Runner>(test, inputs, &out));
        if (!runners.back()->is_ready()) {
            return false;
        }
    }
    std::vector<int> runs;
    for (const auto &runner : runners) {
        runner->measure(2);
        runs.push_back(static_cast<int>(std::clamp(2000 / runner->measure(10), 1.0, 100000.0)));
    }
    std::vector<std::vector<double>> times(runners.size()), ratios(runners.size());
    for (int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < runners.size(); i++) {
            times[i].push_back(runners[i]->measure(runs[i]));
            ratios[i].push_back(times[i].back() / times[0].back());
        }
    }
    printf("| %s | %s | %s | %.2f |", test.name.c_str(), tool::shape_to_string(test.in).c_str(),
           tool::dtype_to_string(type), median(times[0]));
    for (size_t i = 1; i < runners.size(); i++) {
        if (runners[i]->kernel().starts_with("dl_reference")) {
            printf(" the reference's |");
            continue;
        }
        const auto [least, most] = std::minmax_element(ratios[i].begin(), ratios[i].end());
        printf(" %.2f: %.3f (%.3f to %.3f) |", median(times[i]), median(ratios[i]), *least, *most);
    }
    printf("\n");
    fflush(stdout);
    return true;
}

int run(const std::string &only, int rounds) {
    std::vector<base::isa_t> isas;
    std::string head = "| operator | input | type |", line = "|---|---|---|";
    for (int i = base::ISA_REFERENCE; i < base::ISA_MAX; i++) {
        const base::isa_t isa = static_cast<base::isa_t>(i);
        // The others add kernels of convolutions and matrix products only.
        const bool has_vectors = isa != base::ISA_AVXVNNI && isa != base::ISA_AMX && isa != base::ISA_NEON_I8MM;
        if (has_vectors && base::isa_supported(isa)) {
            isas.push_back(isa);
            head += std::string(" ") + base::isa_name(isa) + (i == base::ISA_REFERENCE ? " µs |" : " µs: ratio |");
            line += "---|";
        }
    }
    printf("%s\n%s\n", head.c_str(), line.c_str());
    std::vector<Case> cases = rows_and_reductions();
    const std::vector<Case> more = images_and_copies();
    cases.insert(cases.end(), more.begin(), more.end());
    for (const Case &test : cases) {
        for (dtype_t type : test.types) {
            if (test.name.find(only) != std::string::npos && !compare(test, type, isas, rounds)) {
                fprintf(stderr, "operators_bench: %s does not run\n", test.name.c_str());
                return 1;
            }
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Compare the vector kernels of single operators with the reference kernels.", "operators_bench");
    std::string only;
    int rounds = 15;
    app.add_option("operator", only, "Part of an operator's name (default: all)");
    app.add_option("--rounds", rounds, "Rounds, each of which measures all kernels in turn")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str();
    espdl_tool::setup_log(false);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return run(only, rounds);
}
