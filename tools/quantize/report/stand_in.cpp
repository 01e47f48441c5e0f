// Without LibTorch, whose headers need RTTI: the library of modules is built without it.

#include "report/stand_in.hpp"

#include <cstring>
#include <memory>
#include <vector>

#include "dl_module_base.hpp"
#include "dl_module_creator.hpp"

namespace quantize {

namespace {

/** Knows its outputs from the file alone. */
class StandIn : public dl::module::Module {
public:
    StandIn(fbs::FbsModel *model, const std::string &node) : Module(node.c_str()) {
        std::vector<std::string> inputs, outputs;
        if (!model) {
            return;
        }
        model->get_operation_inputs_and_outputs(node, inputs, outputs);
        for (const std::string &output : outputs) {
            m_shapes.push_back(model->get_value_info_shape(output));
            m_values.emplace_back();
            const std::unique_ptr<dl::TensorBase> value(model->get_test_output_tensor(output));
            if (value) {
                const uint8_t *bytes = value->get_element_ptr<uint8_t>();
                m_values.back().assign(bytes, bytes + value->get_bytes());
            }
        }
    }

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &) override { return m_shapes; }

    void forward(dl::ModelContext *context, dl::runtime_mode_t) override {
        for (size_t i = 0; i < m_values.size(); i++) {
            dl::TensorBase *tensor = output(context, i);
            if (!tensor) {
                continue;
            }
            uint8_t *data = tensor->get_element_ptr<uint8_t>();
            const size_t bytes = static_cast<size_t>(tensor->get_bytes());
            if (m_values[i].size() == bytes) {
                std::memcpy(data, m_values[i].data(), bytes);
            } else {
                std::memset(data, 0, bytes);
            }
        }
    }

private:
    std::vector<std::vector<int>> m_shapes;
    std::vector<std::vector<uint8_t>> m_values;  ///< of each output; empty: zeros
};

}  // namespace

void register_stand_ins(const std::set<std::string> &types) {
    for (const std::string &type : types) {
        dl::module::ModuleCreator::get_instance()->register_module(
            type,
            [](fbs::FbsModel *model, std::string node) -> dl::module::Module * { return new StandIn(model, node); });
    }
}

}  // namespace quantize
