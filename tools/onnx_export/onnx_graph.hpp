/**
 * @file onnx_graph.hpp
 * Writing of an ONNX model: nodes, attributes, constants. Knows nothing of .espdl.
 */
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace onnx_export {

using Ints = std::vector<int64_t>;

class OnnxGraph {
public:
    explicit OnnxGraph(const std::string &name);

    /** A node with one output; more outputs are added to the result. An input "" is left out. */
    onnx::NodeProto *add(const std::string &type, const std::vector<std::string> &in, const std::string &out);
    /** The same with an output whose name is made up. @return that name */
    std::string make(const std::string &type, const std::vector<std::string> &in);
    /** A name that no other tensor has. */
    std::string unique(const std::string &stem) { return stem + "@" + std::to_string(m_count++); }

    /** Constants with made-up names. @return the name */
    std::string constant(int type, const Ints &dims, const void *data, size_t bytes);
    template <typename T>
    std::string constant(int type, const Ints &dims, const std::vector<T> &values) {
        return constant(type, dims, values.data(), values.size() * sizeof(T));
    }
    std::string floats(const std::vector<float> &values, const Ints &dims);
    std::string scalar(float value) { return floats({value}, {}); }
    std::string integers(const Ints &values);

    void add_input(const std::string &name, int type, const Ints &shape);
    void add_output(const std::string &name, int type, const Ints &shape);
    /** Operators of ONNX Runtime's own domain are used from now on. */
    void use_microsoft();
    /** The file's bytes, after onnx.checker has passed it; "" and `error` if it does not. */
    std::string serialize(std::string &error) const;

private:
    onnx::ModelProto m_model;
    onnx::GraphProto *m_graph;
    int m_count = 0;
    bool m_uses_microsoft = false;
};

void set(onnx::NodeProto *node, const std::string &name, int64_t value);
void set(onnx::NodeProto *node, const std::string &name, float value);
void set(onnx::NodeProto *node, const std::string &name, const std::string &value);
void set(onnx::NodeProto *node, const std::string &name, const std::vector<int> &values);

}  // namespace onnx_export
