/**
 * @file dl_module_rnn.hpp
 * GRU and LSTM, with ONNX's inputs: X, W, R, B, sequence_lens, initial_h, and for the LSTM initial_c. All from B on may
 * be absent.
 */
#pragma once

#include <string>

#include "dl_base_rnn.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

/** What the two have in common. Outputs: Y, Y_h, and for the LSTM Y_c; any may be left out. */
class Rnn : public Module {
public:
    typedef enum { FORWARD, REVERSE, BIDIRECTIONAL } direction_t;

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;

protected:
    Rnn(const char *name, bool is_lstm, int hidden_size, direction_t direction, bool batch_first, int gate_exponent,
        module_inplace_t inplace, quant_type_t quant_type)
        : Module(name, inplace, quant_type),
          m_is_lstm(is_lstm),
          m_hidden_size(hidden_size),
          m_direction(direction),
          m_batch_first(batch_first),
          m_gate_exponent(gate_exponent) {}

    /** Read the attributes that both have. @return false, with a log line, if one is not supported */
    static bool read_attributes(fbs::FbsModel *fbs_model, const std::string &node_name, const char *op_type,
                                const std::vector<std::string> &activations, int &hidden_size, direction_t &direction,
                                bool &batch_first, int &gate_exponent);

private:
    int gates() const { return m_is_lstm ? 4 : 3; }
    int directions() const { return m_direction == BIDIRECTIONAL ? 2 : 1; }

    bool m_is_lstm;
    int m_hidden_size;
    direction_t m_direction;
    bool m_batch_first;
    int m_gate_exponent;
    base::RnnArgs m_args;
    base::BoundKernel<base::RnnArgs> m_kernel;
};

class GRU : public Rnn {
public:
    /** The variant "linear before reset". @param gate_exponent exponent of the arguments of quantized gates */
    GRU(const char *name, int hidden_size, direction_t direction, bool batch_first = false, int gate_exponent = -9,
        module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Rnn(name, false, hidden_size, direction, batch_first, gate_exponent, inplace, quant_type) {}
    /** @param direction_num 1: forward, 2: both @param layout 1: the batch is X's first axis */
    GRU(const char *name = nullptr, int hidden_size = 0, int direction_num = 1, int layout = 0, int gate_exponent = -8,
        module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : GRU(name, hidden_size, direction_num == 2 ? BIDIRECTIONAL : FORWARD, layout != 0, gate_exponent, inplace,
              quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

class LSTM : public Rnn {
public:
    LSTM(const char *name, int hidden_size, direction_t direction, bool batch_first = false, int gate_exponent = -9,
         module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Rnn(name, true, hidden_size, direction, batch_first, gate_exponent, inplace, quant_type) {}
    /** As GRU's. */
    LSTM(const char *name = nullptr, int hidden_size = 0, int direction_num = 1, int layout = 0, int gate_exponent = -8,
         module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : LSTM(name, hidden_size, direction_num == 2 ? BIDIRECTIONAL : FORWARD, layout != 0, gate_exponent, inplace,
               quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

}  // namespace module
}  // namespace dl
