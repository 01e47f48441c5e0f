/**
 * @file dl_module_reduce.hpp
 * ReduceL1, L2, LogSum, LogSumExp, Max, Mean, Min, Prod, Sum, SumSquare.
 *
 * Input and output are int8, int16 or float32, with any exponents. Reducing all axes without keepdims gives the shape
 * {1}, as in the files.
 */
#pragma once

#include <vector>

#include "dl_base_reduce.hpp"
#include "dl_module_apart.hpp"
#include "dl_module_base.hpp"

namespace dl {
namespace module {

/** Base of all reductions. */
class Reduce : public Module {
public:
    /**
     * @param axes     axes to reduce; negative ones count from the end. An empty list means all axes, or none if
     * noop_with_empty_axes
     * @param keepdims reduced axes stay with length 1
     */
    Reduce(base::reduce_t op, std::vector<int> axes, bool keepdims = true, bool noop_with_empty_axes = false,
           const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
           quant_type_t quant_type = QUANT_TYPE_NONE);

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;

private:
    /** Set a flag for each axis: is it reduced? The flags are empty, with a log line, if an axis does not exist. */
    bool get_flags(size_t rank, std::vector<bool> &flags) const;

    std::vector<int> m_axes;
    bool m_keepdims;
    bool m_noop;
    base::ReduceArgs m_args;
    Apart m_apart;
    base::BoundKernel<base::ReduceArgs> m_kernel;
};

template <base::reduce_t OP>
class ReduceOp : public Reduce {
public:
    ReduceOp(std::vector<int> axes, bool keepdims = true, bool noop_with_empty_axes = false, const char *name = nullptr,
             module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Reduce(OP, axes, keepdims, noop_with_empty_axes, name, inplace, quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

using ReduceL1 = ReduceOp<base::REDUCE_L1>;
using ReduceL2 = ReduceOp<base::REDUCE_L2>;
using ReduceLogSum = ReduceOp<base::REDUCE_LOG_SUM>;
using ReduceLogSumExp = ReduceOp<base::REDUCE_LOG_SUM_EXP>;
using ReduceMax = ReduceOp<base::REDUCE_MAX>;
using ReduceMean = ReduceOp<base::REDUCE_MEAN>;
using ReduceMin = ReduceOp<base::REDUCE_MIN>;
using ReduceProd = ReduceOp<base::REDUCE_PROD>;
using ReduceSum = ReduceOp<base::REDUCE_SUM>;
using ReduceSumSquare = ReduceOp<base::REDUCE_SUM_SQUARE>;

}  // namespace module
}  // namespace dl
