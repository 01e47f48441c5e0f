/**
 * @file exporter.hpp
 * From the quantized graph to an .espdl file: layouts, conversions between scales, integers, tables.
 */
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "export/order.hpp"
#include "passes/quantizer.hpp"
#include "passes/streaming.hpp"

namespace quantize {

struct ExportOptions {
    std::map<std::string, std::string> metadata;
    std::optional<std::array<uint8_t, 16>> key;  ///< encrypt with it
    /** Values of the graph inputs, for the file and to verify it with: the quantized graph computes them. */
    std::optional<Batch> test_input;
    InputShapes
        chunks;  ///< what a streaming network reads at a time, by input; empty: the whole input. Needs test_input
};

/** What a file holds of the test input and of what the network makes of it. */
enum class TestValues {
    NONE,
    PORTS,   ///< the graph's inputs and outputs
    CUSTOM,  ///< beside them what the user's own operators read and make
    ALL,     ///< inner tensors, too
};

class Exporter {
public:
    Exporter(Quantizer &quantizer, const ExportOptions &options);

    /** Rewrites the graph for the chip; the quantizer can no longer run it. */
    void prepare();
    /** The bytes of the .espdl file. */
    std::string espdl(TestValues tests) const;
    const Graph &graph() const { return m_graph; }
    /** The graph and its values as text. */
    std::string info() const;
    /** Scales and states as JSON. */
    std::string json() const;
    const std::vector<std::string> &warnings() const { return m_warnings; }
    /** What streaming has been compared with: a line for each output. */
    const std::vector<std::string> &streaming() const { return m_streaming; }
    const std::optional<std::array<uint8_t, 16>> &key() const { return m_options.key; }

private:
    struct Stored {
        torch::Tensor value;  ///< integers or floats in the file's order, flat or shaped
        std::vector<int64_t> dims;
        std::string layout;
    };

    void attributes_to_inputs();
    void merge_relu();
    void prepare_matmul();
    void lay_out();
    void lay_out(Op *op);
    void lay_out_pair(Op *op);
    void lay_out_axis(Op *op);
    void lay_out_axes(Op *op);
    void lay_out_parts(Op *op);
    void lay_out_plain(Op *op);
    void lay_out_custom(Op *op);
    /** All outputs are stored in an order. */
    void pass_on(Op *op, const Order &order);
    void restore(Op *op);
    void make_channels_last(Op *op);
    void insert_transpose(Op *op, size_t input, const Order &p, const Order &new_perm);
    Order perm_of(const Var *var) const;
    void permute_param(Op *op, size_t input, const Order &perm);
    void clean_transposes();
    bool clean_one_transpose();
    bool drop_transpose(Op *op);
    void insert_conversions();
    Op *insert_before(Op *op, size_t input, const std::string &type, Record *in, Record *out);
    void insert_conversion(Op *op, size_t input);
    void set_quant_types();
    void fix_exponents();
    void check_shared_scales() const;
    void warn_of_arithmetic(Op *op);
    void make_tables();
    void store_params();
    Stored block_weights(const Op *op, const torch::Tensor &ints, bool matmul) const;
    void simulate_test();
    void stream();
    void compare_stream(const Var *output, const Frames &frames, const torch::Tensor &whole);
    /** The record that fixes a variable's exponents; nullptr: none. */
    Record *config_of(const Var *var) const;
    /** In the file's order. */
    std::vector<int64_t> stored_dims(const Var *var) const;
    class FileWriter;

    Quantizer &m_quantizer;
    Graph &m_graph;
    ExportOptions m_options;
    Target m_target;
    std::vector<std::string> m_warnings, m_streaming;
    std::map<const Var *, Order> m_perm;
    std::map<const Var *, std::string> m_permuted;  ///< constants in an activation's order, and that order's name
    std::map<const Var *, Record *> m_config;       ///< the record that fixes a variable's exponents
    std::map<const Var *, Stored> m_stored;
    std::vector<std::pair<std::string, std::pair<torch::Tensor, int>>> m_tables;  ///< name, values, exponent
    Values m_test_values;
};

}  // namespace quantize
