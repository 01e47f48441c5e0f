/**
 * @file dl_module_copy.hpp
 * Base of the operators that only move elements.
 */
#pragma once

#include <vector>

#include "dl_base_copy.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

/** Such an operator is a list of copies, which prepare() of the derived class makes. */
class CopyModule : public Module {
public:
    using Module::Module;

    /** Check that all outputs can be copied from input 0. */
    esp_err_t check(ModelContext *context) override { return check_copy(context, false); }
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_steps.empty() ? "" : m_steps[0].copy.kernel_name(); }

protected:
    struct Step {
        size_t input;
        size_t output;
        base::Copy copy;
    };
    std::vector<Step> m_steps;

    /** Check that types and ranks of the outputs go with input 0, or with every input. */
    esp_err_t check_copy(ModelContext *context, bool all_inputs);
    /** Add a copy from an input to an output. Offsets are in elements. */
    base::Copy &add_copy(ModelContext *context, size_t input, size_t output, int64_t src_offset = 0,
                         int64_t dst_offset = 0);
    /** Let all copies choose their kernels. */
    void prepare_copies();
    /** Copy all of input 0 to output 0, in order. If the plan has put both in one place, the bytes stay as they are,
     * even if the file gives the output another exponent: that is what the chip does. */
    esp_err_t prepare_flat(ModelContext *context);
};

/** Base of Concat and Split, which copy between a whole and its parts along an axis: Concat writes the whole, Split
 * writes the parts. */
class PartsModule : public CopyModule, public Fusible {
public:
    PartsModule(const char *name, int axis, bool joins, module_inplace_t inplace, quant_type_t quant_type)
        : CopyModule(name, inplace, quant_type), m_axis(axis), m_joins(joins) {}

    Fusible *fusible() override { return this; }
    FusionDescription describe(ModelContext *context) const override;
    bool set_input_pitch(size_t i, int pitch) override { return set_pitch(m_joins, i, pitch); }
    bool set_output_pitch(size_t i, int pitch) override { return set_pitch(!m_joins, i, pitch); }

protected:
    int m_axis;

    /** Add the copies. @param lengths lengths along the axis of all parts, also of those without a tensor */
    esp_err_t prepare_parts(ModelContext *context, const std::vector<int> &lengths);

private:
    /** Where a part lies in the whole. A row is the elements of the last axis. If the parts divide the last axis, each
     * part is some columns of all rows. Else each part is some rows of each of m_outer groups of rows. */
    struct Place {
        int rows;  ///< of a group
        int columns;
        int row;
        int column;
        int pitch;
    };

    /** Set the pitch of the whole, or, if `part`, of the i-th part. */
    bool set_pitch(bool part, size_t i, int pitch);
    void describe_copy(Step &step);

    bool m_joins;
    int m_outer = 1;
    Place m_whole = {};
    std::vector<Place> m_places;  ///< of each part
};

}  // namespace module
}  // namespace dl
