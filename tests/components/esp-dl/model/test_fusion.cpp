// Random graphs, computed where the chip's plan has each tensor, and as Fusion lets modules and tensors work together:
// what the caller sees must be the same in every bit, whatever lay in the memory before.
#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dl_model_fusion.hpp"
#include "dl_module_concat.hpp"
#include "dl_module_conv.hpp"
#include "dl_module_elementwise.hpp"
#include "dl_module_pool.hpp"
#include "dl_module_reshape.hpp"
#include "dl_module_resize.hpp"
#include "dl_module_split.hpp"
#include "dl_module_transpose.hpp"
#include "dl_module_unary.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;
using Bytes = std::vector<uint8_t>;

constexpr int EXPONENT = -4;

/** A graph that grows by random nodes, planned like the chip does: memory is reused at once, operators work in place.
 */
class Graph {
public:
    explicit Graph(Random &random) : m_random(random) {
        m_type = random.chance(0.8) ? DATA_TYPE_INT8 : DATA_TYPE_INT16;
        m_quant_type = m_type == DATA_TYPE_INT8 ? QUANT_TYPE_SYMM_8BIT : QUANT_TYPE_SYMM_16BIT;
        const int side = random.integer(1, 6);
        m_input = add_tensor({1, side, random.integer(1, 6), random.pick({4, 8, 16, 24, 32, 33})}, EXPONENT);
        for (int nodes = random.integer(3, 24); nodes > 0; nodes--) {
            add_node();
        }
        for (int tensor = 1; tensor <= context.get_variable_count(); tensor++) {
            if (!is_read(tensor) || random.chance(0.05)) {
                visible.insert(tensor);
            }
        }
        visible.insert(m_input);
        m_input_is_output = random.chance(0.2);
        place();
        for (const auto &module : m_modules) {
            EXPECT_EQ(module->check(&context), ESP_OK);
            EXPECT_EQ(module->prepare(&context), ESP_OK);
            plan.push_back(module.get());
        }
    }

    /** Compute all from an input and return all that is visible. */
    std::vector<Bytes> run(const Fusion &fusion, const Bytes &input, const Bytes &before) {
        memcpy(context.get_psram_root(), before.data(), before.size());
        TensorBase *in = context.get_tensor(m_input);
        memcpy(in->get_element_ptr(), input.data(), input.size());
        for (size_t step = 0; step < plan.size(); step++) {
            if (!fusion.skips(step)) {
                plan[step]->forward(&context, m_random.pick({RUNTIME_MODE_SINGLE_CORE, RUNTIME_MODE_MULTI_CORE}));
            }
        }
        std::vector<Bytes> results;
        for (int tensor : visible) {
            TensorBase *out = context.get_tensor(tensor);
            const uint8_t *data = out->get_element_ptr<uint8_t>();
            results.push_back(tensor == m_input && !m_input_is_output ? Bytes() : Bytes(data, data + out->get_bytes()));
        }
        return results;
    }

    Bytes random_bytes(size_t bytes) {
        Bytes values(bytes);
        for (uint8_t &value : values) {
            value = (uint8_t)m_random.integer(0, 255);
        }
        return values;
    }
    size_t input_bytes() { return context.get_tensor(m_input)->get_bytes(); }

    ModelContext context;
    std::vector<module::Module *> plan;
    std::set<int> visible;

private:
    int add_tensor(const std::vector<int> &shape, int exponent) {
        const std::string name = "t" + std::to_string(context.get_variable_count());
        return context.add_tensor(name, false, new TensorBase(shape, nullptr, exponent, m_type, false));
    }

    bool is_read(int tensor) const {
        return std::any_of(m_modules.begin(), m_modules.end(), [tensor](const auto &module) {
            const std::vector<int> &inputs = module->m_inputs_index;
            return std::find(inputs.begin(), inputs.end(), tensor) != inputs.end();
        });
    }

    /** Any tensor so far, a recent one more likely. */
    int any() {
        const int count = context.get_variable_count();
        return m_random.chance(0.6) ? m_random.integer(std::max(1, count - 3), count) : m_random.integer(1, count);
    }

    std::unique_ptr<TensorBase> parameter(const std::vector<int> &shape) {
        return make_random(m_random, shape, m_type, -6);
    }

    void add(module::Module *module, const std::vector<int> &inputs) {
        m_modules.emplace_back(module);
        module->m_inputs_index = inputs;
        std::vector<std::vector<int>> shapes;
        for (int input : inputs) {
            shapes.push_back(context.get_tensor(input)->shape);
        }
        const int exponent = m_random.chance(0.9) ? EXPONENT : EXPONENT + 1;
        const bool keeps = module->inplace == MODULE_INPLACE_UNCHANGED_BUFFER;
        for (const std::vector<int> &shape : module->get_output_shape(shapes)) {
            module->m_outputs_index.push_back(
                add_tensor(shape, keeps ? context.get_tensor(inputs[0])->get_exponent() : exponent));
        }
        ASSERT_FALSE(module->m_outputs_index.empty());
    }

    void add_function(int x) {
        const module_inplace_t inplace = m_random.pick({MODULE_INPLACE_CHANGED_BUFFER, MODULE_NON_INPLACE});
        if (m_type == DATA_TYPE_INT8) {
            add(new module::LUT("lut", inplace, m_quant_type, parameter({256}).release()), {x});
        } else {
            add(new module::Relu("relu", inplace, m_quant_type), {x});
        }
    }

    /** x and another tensor of its shape, if there is one. */
    void add_sum(int x) {
        for (int tries = 0; tries < 12; tries++) {
            const int other = any();
            if (context.get_tensor(other)->shape == context.get_tensor(x)->shape) {
                const std::vector<int> inputs = m_random.pick({std::vector<int>{x, other}, {other, x}});
                add(new module::Add("add", MODULE_INPLACE_CHANGED_BUFFER, m_quant_type), inputs);
                return;
            }
        }
    }

    void add_node() {
        const int x = any();
        const std::vector<int> shape = context.get_tensor(x)->shape;
        const bool image = shape.size() == 4;
        const int kind = m_random.integer(0, 13);
        if (kind < 4 && image) {
            const bool point = m_random.chance(0.5);
            const int kernel = point ? 1 : 3, pad = point ? 0 : 1;
            const int channels = m_random.chance(0.4) ? shape.back() : m_random.pick({3, 8, 16, 32, 40});
            module::ConvAttributes attributes;
            attributes.pads = {pad, pad, pad, pad};
            TensorBase *weights = parameter({kernel, kernel, shape.back(), channels}).release();
            const int w = context.push_back_tensor(weights, true);
            add(new module::Conv("conv", attributes, base::WEIGHT_LAYOUT_BLOCKED, m_quant_type), {x, w});
            if (m_random.chance(0.4)) {
                add_function(context.get_variable_count());
            }
            if (m_random.chance(0.4)) {
                add_sum(context.get_variable_count());
            }
        } else if (kind < 6) {
            add_function(x);
        } else if (kind < 8 && shape.back() > 1) {
            const int axis = m_random.chance(0.8) ? (int)shape.size() - 1 : m_random.integer(0, (int)shape.size() - 1);
            if (shape[axis] > 1) {
                const int first = m_random.chance(0.5) ? shape[axis] / 2 : m_random.integer(1, shape[axis] - 1);
                add(new module::Split({first, shape[axis] - first}, axis), {x});
            }
        } else if (kind < 10) {
            const int axis = m_random.chance(0.8) ? (int)shape.size() - 1 : m_random.integer(0, (int)shape.size() - 1);
            std::vector<int> inputs = {x};
            for (int tries = 0; tries < 12 && inputs.size() < 4; tries++) {
                const int other = any();
                std::vector<int> rest = context.get_tensor(other)->shape;
                if (rest.size() == shape.size()) {
                    rest[axis] = shape[axis];
                }
                if (rest == shape) {
                    inputs.push_back(other);
                }
            }
            // In the order in which they were made, as networks mostly have it, or not.
            if (m_random.chance(0.7)) {
                std::sort(inputs.begin(), inputs.end());
            }
            add(new module::Concat("concat", axis), inputs);
        } else if (kind == 10) {
            add_sum(x);
        } else if (kind == 11 && image) {
            if (m_random.chance(0.6)) {
                add(new module::MaxPool("pool", {{3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, false, false}), {x});
            } else if (shape[1] * shape[2] < 40) {
                add(new module::Resize("resize", RESIZE_NEAREST, {1, 1, 2, 2}, {}, module::Resize::ASYMMETRIC), {x});
            }
        } else if (kind == 12 && image) {
            add(new module::Transpose("transpose", {0, 2, 1, 3}), {x});
        } else if (kind == 13) {
            const bool flat = image && m_random.chance(0.7);
            add(new module::Reshape(flat ? std::vector<int>{shape[0], shape[1] * shape[2], shape[3]} : shape), {x});
        }
    }

    /** First fit by lifetimes. */
    void place() {
        const int count = context.get_variable_count(), steps = (int)m_modules.size();
        std::vector<int> begin(count + 1, 0), end(count + 1, 0);
        std::vector<size_t> offset(count + 1, 0);
        for (int step = 0; step < steps; step++) {
            for (int tensor : m_modules[step]->m_inputs_index) {
                if (tensor < CONTEXT_PARAMETER_OFFSET) {
                    end[tensor] = step;
                }
            }
            for (int tensor : m_modules[step]->m_outputs_index) {
                begin[tensor] = end[tensor] = step;
            }
        }
        for (int tensor : visible) {
            end[tensor] = tensor == m_input && !m_input_is_output ? end[tensor] : steps;
        }
        std::vector<int> leader(count + 1, 0);
        for (int step = 0; step < steps; step++) {
            const module::Module *module = m_modules[step].get();
            const int in = module->m_inputs_index[0], out = module->m_outputs_index[0];
            const auto reads = std::count(module->m_inputs_index.begin(), module->m_inputs_index.end(), in);
            if (module->inplace != MODULE_NON_INPLACE && end[in] == step && reads == 1 && !visible.count(in)) {
                leader[out] = leader[in] ? leader[in] : in;
                end[leader[out]] = std::max(end[leader[out]], end[out]);
            }
        }
        size_t total = 0;
        std::vector<int> placed;
        const auto bytes = [this](int tensor) {
            return ((size_t)context.get_tensor(tensor)->get_bytes() + 15) / 16 * 16;
        };
        for (int tensor = 1; tensor <= count; tensor++) {
            if (leader[tensor]) {
                continue;
            }
            for (bool again = true; again;) {
                again = false;
                for (int other : placed) {
                    if (begin[other] <= end[tensor] && begin[tensor] <= end[other] &&
                        offset[other] < offset[tensor] + bytes(tensor) &&
                        offset[tensor] < offset[other] + bytes(other)) {
                        offset[tensor] = offset[other] + bytes(other);
                        again = true;
                    }
                }
            }
            placed.push_back(tensor);
            total = std::max(total, offset[tensor] + bytes(tensor));
        }
        ASSERT_TRUE(context.root_alloc(0, total));
        for (int tensor = 1; tensor <= count; tensor++) {
            context.get_tensor(tensor)->data =
                static_cast<uint8_t *>(context.get_psram_root()) + offset[leader[tensor] ? leader[tensor] : tensor];
        }
    }

    Random &m_random;
    std::vector<std::unique_ptr<module::Module>> m_modules;
    int m_input = 0;
    bool m_input_is_output = false;
    dtype_t m_type = DATA_TYPE_INT8;
    quant_type_t m_quant_type = QUANT_TYPE_SYMM_8BIT;
};

TEST(Fusion, ChangesNoBitOfWhatTheCallerSees) {
    int absorbed = 0, sums = 0, moved = 0, graphs = 0;
    for_each_case(
        [&](Random &random) {
            Graph graph(random);
            const Bytes input = graph.random_bytes(graph.input_bytes());
            const Bytes before = graph.random_bytes(graph.context.get_psram_root_size());
            Fusion fusion;
            const std::vector<Bytes> expected = graph.run(fusion, input, before);
            std::vector<const void *> planned;
            for (TensorBase *tensor : graph.context.m_variables) {
                planned.push_back(tensor ? tensor->data : nullptr);
            }
            fusion.make(graph.plan, &graph.context, graph.visible);
            for (size_t i = 1; i < planned.size(); i++) {
                const bool is_moved = graph.context.get_tensor((int)i)->data != planned[i];
                EXPECT_FALSE(is_moved && graph.visible.count((int)i)) << "tensor " << i;
                moved += is_moved;
            }
            for (size_t step = 0; step < graph.plan.size(); step++) {
                absorbed += fusion.skips(step);
                sums += fusion.skips(step) && strcmp(graph.plan[step]->name.c_str(), "add") == 0;
            }
            EXPECT_EQ(graph.run(fusion, input, before), expected) << "on";
            EXPECT_EQ(graph.run(fusion, input, graph.random_bytes(before.size())), expected) << "on, other memory";
            fusion.set(false);
            for (size_t i = 1; i < planned.size(); i++) {
                EXPECT_EQ(graph.context.get_tensor((int)i)->data, planned[i]) << "tensor " << i;
            }
            EXPECT_EQ(graph.run(fusion, input, before), expected) << "off";
            fusion.set(true);
            EXPECT_EQ(graph.run(fusion, input, before), expected) << "on again";
            graphs++;
        },
        3000);
    EXPECT_GT(absorbed, graphs / 20);
    RecordProperty("sums", sums);
    EXPECT_GT(sums, graphs / 50);
    EXPECT_GT(moved, graphs / 5);
}

}  // namespace
