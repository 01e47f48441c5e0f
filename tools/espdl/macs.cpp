#include "macs.hpp"

namespace espdl_tool {

double count_macs(dl::module::Module *module, dl::ModelContext *context) {
    const std::string &op = module->op_type;
    dl::TensorBase *y = context->get_tensor(module->m_outputs_index.empty() ? -1 : module->m_outputs_index[0]);
    dl::TensorBase *x = context->get_tensor(module->m_inputs_index.empty() ? -1 : module->m_inputs_index[0]);
    dl::TensorBase *w = context->get_tensor(module->m_inputs_index.size() < 2 ? -1 : module->m_inputs_index[1]);
    if (!x || !y || !w || y->shape.empty() || x->shape.empty()) {
        return 0;
    }
    if (op == "MatMul") {
        return static_cast<double>(y->size) * x->shape.back();
    }
    const bool channels_last = w->dtype != dl::DATA_TYPE_FLOAT;
    const int channels = channels_last ? y->shape.back() : w->shape.empty() ? 0 : w->shape[0];
    return (op == "Conv" || op == "Gemm") && channels > 0 ? static_cast<double>(y->size) * w->size / channels : 0;
}

}  // namespace espdl_tool
