// How libFuzzer changes an .espdl file: as FlatBuffers tables, so that the result passes the verifier, and what lies
// behind it sees shapes, exponents, attributes and operators that do not fit each other. Every fourth time as bytes,
// for the verifier itself.

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "container.hpp"
#include "espdl_objects_generated.h"
#include "operators.hpp"

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

namespace {

using Random = std::minstd_rand;

// The header of an EDL2 file without encryption: magic, mode 0, size, 0.
constexpr size_t HEADER = 16;

size_t below(Random &random, size_t count) {
    return random() % count;
}

template <typename T>
T &one_of(Random &random, std::vector<T> &values) {
    return values[below(random, values.size())];
}

/** A number that code may not expect, near or far from the one that is there. */
int64_t other_number(Random &random, int64_t today) {
    static constexpr int64_t limits[] = {0,
                                         1,
                                         2,
                                         3,
                                         15,
                                         16,
                                         31,
                                         32,
                                         127,
                                         128,
                                         32768,
                                         65536,
                                         1 << 24,
                                         std::numeric_limits<int32_t>::max(),
                                         int64_t(1) << 32,
                                         int64_t(1) << 62,
                                         std::numeric_limits<int64_t>::max()};
    switch (below(random, 5)) {
        case 0:
            return today < std::numeric_limits<int64_t>::max() ? today + 1 : 0;
        case 1:
            return today > std::numeric_limits<int64_t>::min() ? today - 1 : 0;
        case 2:
            return static_cast<int64_t>(-static_cast<uint64_t>(today));
        case 3:
            return static_cast<int64_t>(below(random, 20)) - 4;
        default: {
            const int64_t limit = limits[below(random, std::size(limits))];
            return below(random, 2) ? limit : -limit;
        }
    }
}

float other_float(Random &random, float today) {
    static constexpr float limits[] = {0.f,
                                       -0.f,
                                       1e-45f,
                                       1e38f,
                                       -1e38f,
                                       std::numeric_limits<float>::infinity(),
                                       std::numeric_limits<float>::quiet_NaN()};
    return below(random, 2) ? -2 * today : limits[below(random, std::size(limits))];
}

void change(Random &random, std::vector<int64_t> &numbers) {
    switch (below(random, 5)) {
        case 0:
            numbers.push_back(other_number(random, 1));
            break;
        case 1:
            if (!numbers.empty()) {
                numbers.pop_back();
            }
            break;
        case 2:
            if (numbers.size() > 1) {
                std::swap(one_of(random, numbers), one_of(random, numbers));
            }
            break;
        default:
            if (!numbers.empty()) {
                int64_t &number = one_of(random, numbers);
                number = other_number(random, number);
            }
    }
}

void change(Random &random, std::vector<float> &numbers) {
    if (numbers.empty() || below(random, 4) == 0) {
        numbers.push_back(other_float(random, 1));
    } else if (below(random, 4) == 0) {
        numbers.pop_back();
    } else {
        float &number = one_of(random, numbers);
        number = other_float(random, number);
    }
}

template <typename E>
E any_of(Random &random, const E *values, size_t count) {
    return values[below(random, count)];
}

espdl_objects::TensorDataType any_type(Random &random) {
    return any_of(random, espdl_objects::EnumValuesTensorDataType(),
                  std::size(espdl_objects::EnumValuesTensorDataType()));
}

void change(Random &random, espdl_objects::TensorT &tensor) {
    switch (below(random, 6)) {
        case 0:
            tensor.data_type = any_type(random);
            break;
        case 1:
            tensor.raw_data.resize(below(random, 2) ? tensor.raw_data.size() / 2 : tensor.raw_data.size() + 1);
            break;
        case 2:
            if (!tensor.raw_data.empty()) {
                memset(&one_of(random, tensor.raw_data), below(random, 2) ? 0x80 : 0x7F, sizeof(tensor.raw_data[0]));
            }
            break;
        case 3:
            change(random, tensor.exponents);
            break;
        default:
            change(random, tensor.dims);
    }
}

void change(Random &random, espdl_objects::ValueInfoT &value) {
    espdl_objects::TensorTypeAndShapeT *type =
        value.value_info_type ? value.value_info_type->value.Astensor_type() : nullptr;
    const size_t choice = below(random, 4);
    if (choice == 0 || type == nullptr) {
        change(random, value.exponents);
    } else if (choice == 1) {
        type->elem_type = any_type(random);
    } else if (type->shape) {
        auto &dims = type->shape->dim;
        const size_t edit = below(random, 4);
        if (edit == 0 && !dims.empty()) {
            dims.pop_back();
        } else if (edit == 1) {
            dims.push_back(std::make_unique<espdl_objects::DimensionT>());
            dims.back()->value = std::make_unique<espdl_objects::DimensionValueT>();
            dims.back()->value->dim_type = espdl_objects::DimensionValueType::VALUE;
            dims.back()->value->dim_value = other_number(random, 1);
        } else if (!dims.empty()) {
            espdl_objects::DimensionT &dim = *one_of(random, dims);
            if (dim.value) {
                dim.value->dim_value = other_number(random, dim.value->dim_value);
            }
        }
    }
}

void change(Random &random, espdl_objects::AttributeT &attribute) {
    if (below(random, 12) == 0) {
        attribute.attr_type = any_of(random, espdl_objects::EnumValuesAttributeType(),
                                     std::size(espdl_objects::EnumValuesAttributeType()));
    } else if (attribute.i) {
        attribute.i = std::make_unique<espdl_objects::IntValue>(other_number(random, attribute.i->i()));
    } else if (attribute.f) {
        attribute.f = std::make_unique<espdl_objects::FloatValue>(other_float(random, attribute.f->f()));
    } else if (attribute.t) {
        change(random, *attribute.t);
    } else if (!attribute.floats.empty()) {
        change(random, attribute.floats);
    } else if (!attribute.ints.empty()) {
        change(random, attribute.ints);
    } else if (!attribute.s.empty()) {
        static const char *const words[] = {"S8",      "S16",     "F32",      "Relu",          "linear",
                                            "nearest", "reflect", "constant", "bidirectional", ""};
        const std::string word = words[below(random, std::size(words))];
        attribute.s.assign(word.begin(), word.end());
    }
}

/** Of tensors, anywhere in the graph. */
std::vector<std::string> names(const espdl_objects::GraphT &graph) {
    std::vector<std::string> all{""};
    for (const auto &node : graph.node) {
        all.insert(all.end(), node->input.begin(), node->input.end());
        all.insert(all.end(), node->output.begin(), node->output.end());
    }
    for (const auto &tensor : graph.initializer) {
        all.push_back(tensor->name);
    }
    return all;
}

void change(Random &random, espdl_objects::NodeT &node, std::vector<std::string> names) {
    auto &tensors = below(random, 3) ? node.input : node.output;
    switch (below(random, 8)) {
        case 0: {
            const auto operators = operators::all();
            node.op_type = operators[below(random, operators.size())].name;
            break;
        }
        case 1:
            tensors.push_back(one_of(random, names));
            break;
        case 2:
            if (!tensors.empty()) {
                tensors.pop_back();
            }
            break;
        case 3:
            if (!tensors.empty()) {
                one_of(random, tensors) = one_of(random, names);
            }
            break;
        case 4:
            if (!node.attribute.empty()) {
                node.attribute.erase(node.attribute.begin() +
                                     static_cast<ptrdiff_t>(below(random, node.attribute.size())));
            }
            break;
        default:
            if (!node.attribute.empty()) {
                change(random, *one_of(random, node.attribute));
            }
    }
}

void change(Random &random, espdl_objects::GraphT &graph) {
    // A vector of tables may hold none: the unpacked form of a file that the verifier passed has no null pointers.
    switch (below(random, 12)) {
        case 0:
            if (graph.node.size() > 1) {
                std::swap(one_of(random, graph.node), one_of(random, graph.node));
            }
            break;
        case 1:
            if (!graph.node.empty()) {
                graph.node.erase(graph.node.begin() + static_cast<ptrdiff_t>(below(random, graph.node.size())));
            }
            break;
        case 2:
        case 3:
            if (!graph.initializer.empty()) {
                change(random, *one_of(random, graph.initializer));
            }
            break;
        case 4: {
            auto &values = below(random, 2) ? graph.input : graph.output;
            if (!values.empty()) {
                change(random, *one_of(random, values));
            }
            break;
        }
        case 5:
        case 6:
            if (!graph.value_info.empty()) {
                change(random, *one_of(random, graph.value_info));
            }
            break;
        case 7: {
            auto &values = below(random, 2) ? graph.test_inputs_value : graph.test_outputs_value;
            if (!values.empty()) {
                change(random, *one_of(random, values));
            }
            break;
        }
        default:
            if (!graph.node.empty()) {
                change(random, *one_of(random, graph.node), names(graph));
            }
    }
}

/** What cannot be packed again: a type that names its kind and has no content. And what no operator has, though it may
 * hold such types. */
void tidy(espdl_objects::GraphT &graph) {
    for (auto *values : {&graph.input, &graph.output, &graph.value_info}) {
        for (const auto &value : *values) {
            if (value->value_info_type && value->value_info_type->value.Astensor_type() == nullptr) {
                value->value_info_type->value.Reset();
            }
        }
    }
    for (const auto &node : graph.node) {
        for (const auto &attribute : node->attribute) {
            attribute->g.reset();
            attribute->graphs.clear();
            attribute->tp.reset();
            attribute->type_protos.clear();
        }
    }
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    Random random(seed);
    flatbuffers::Verifier verifier(data + std::min(size, HEADER), size - std::min(size, HEADER));
    if (below(random, 4) == 0 || size < HEADER || memcmp(data, "EDL2\0\0\0", 8) != 0 ||
        !espdl_objects::VerifyModelBuffer(verifier)) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    espdl_objects::ModelT model;
    espdl_objects::GetModel(data + HEADER)->UnPackTo(&model);
    if (!model.graph) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    model.functions.clear();
    tidy(*model.graph);
    for (size_t count = 1 + below(random, 3); count > 0; count--) {
        change(random, *model.graph);
    }
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(espdl_objects::Model::Pack(builder, &model));
    const std::vector<uint8_t> file = espdl_tool::make_edl({builder.GetBufferPointer(), builder.GetSize()}, 2, nullptr);
    if (file.size() > max_size) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    memcpy(data, file.data(), file.size());
    return file.size();
}
