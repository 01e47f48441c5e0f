/**
 * @file exporter.hpp
 * From the quantized graph to an .espdl file: layouts, conversions between scales, integers, tables.
 */
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantizer.hpp"

namespace quantize {

struct ExportOptions {
    std::map<std::string, std::string> metadata;
    std::optional<std::array<uint8_t, 16>> key;  ///< encrypt with it
    /** Values of the graph inputs that go into the file, with what the quantized graph makes of them. */
    std::optional<Batch> test_input;
};

class Exporter {
public:
    Exporter(Quantizer &quantizer, const ExportOptions &options);

    /** Rewrites the graph for the chip; the quantizer can no longer run it. */
    void prepare();
    /** The bytes of the .espdl file. */
    std::string espdl() const;
    /** The graph and its values as text. */
    std::string info() const;
    /** Scales and states as JSON. */
    std::string json() const;
    const std::vector<std::string> &warnings() const { return m_warnings; }

private:
    using Perm = std::vector<int64_t>;
    struct Stored {
        torch::Tensor value;  ///< integers or floats in the file's order, flat or shaped
        std::vector<int64_t> dims;
        std::string layout;
    };

    void attributes_to_inputs();
    void merge_relu();
    void prepare_matmul();
    void lay_out();
    void restore(Op *op);
    void make_channels_last(Op *op);
    void insert_transpose(Op *op, size_t input, const Perm &p, const Perm &new_perm);
    Perm perm_of(const Var *var) const;
    void permute_param(Op *op, size_t input, const Perm &perm);
    void clean_transposes();
    void insert_conversions();
    Op *insert_before(Op *op, size_t input, const std::string &type, Record *in, Record *out);
    void set_quant_types();
    void fix_exponents();
    void make_tables();
    void store_params();
    Stored block_weights(const Op *op, const torch::Tensor &ints, bool matmul) const;
    void simulate_test();

    Quantizer &m_quantizer;
    Graph &m_graph;
    ExportOptions m_options;
    Target m_target;
    std::vector<std::string> m_warnings;
    std::map<const Var *, Perm> m_perm;
    std::map<const Var *, std::string> m_permuted;  ///< constants in an activation's order, and that order's name
    std::map<const Var *, Record *> m_config;       ///< the record that fixes a variable's exponents
    std::map<const Var *, Stored> m_stored;
    std::vector<std::pair<std::string, std::pair<torch::Tensor, int>>> m_tables;  ///< name, values, exponent
    Values m_test_values;
};

}  // namespace quantize
