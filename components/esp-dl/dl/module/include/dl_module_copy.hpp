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

/** An operator is its list of copies, which prepare() of the derived class makes. */
class CopyModule : public Module {
public:
    using Module::Module;

    /** Can all outputs be made of input 0? */
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

    /** Do types and ranks of the outputs suit input 0, or every input? */
    esp_err_t check_copy(ModelContext *context, bool all_inputs);
    /** Add a copy from an input to an output. Offsets in elements. */
    base::Copy &add_copy(ModelContext *context, size_t input, size_t output, int64_t src_offset = 0,
                         int64_t dst_offset = 0);
    /** Let all copies choose their kernels. */
    void prepare_copies();
    /** The whole of input 0 to output 0, in order. Where the plan has both in one place, the bytes stay as they are,
     * whatever the file says of the output's exponent: so does the chip. */
    esp_err_t prepare_flat(ModelContext *context);
};

/** A whole and its parts along an axis: Concat, which writes the whole, and Split, which writes the parts. */
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

    /** Add the copies. @param lengths of all parts along the axis, those without a tensor included */
    esp_err_t prepare_parts(ModelContext *context, const std::vector<int> &lengths);

private:
    /** Where a part lies in the whole. Rows are those of the last axis; where that is the axis, every part has all the
     * rows and some columns of them, else some rows of each of m_outer groups of rows. */
    struct Place {
        int rows;  ///< of a group
        int columns;
        int row;
        int column;
        int pitch;
    };

    /** @param part of a part, the i-th; else of the whole */
    bool set_pitch(bool part, size_t i, int pitch);
    void describe_copy(Step &step);

    bool m_joins;
    int m_outer = 1;
    Place m_whole = {};
    std::vector<Place> m_places;  ///< of each part
};

}  // namespace module
}  // namespace dl
