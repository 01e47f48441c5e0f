/**
 * @file dl_module_fusion.hpp
 * The second contract of an operator: its part in fusion. With fusion, a model computes otherwise than its graph says,
 * without changing a bit of a result. Fusion (dl_model_fusion.hpp) reads this contract after prepare().
 *
 * An operator that takes no part ignores this file. One that takes part derives from Module and from Fusible, and
 * overrides Module::fusible(). A new kind of fusion adds a field to FusionDescription, which tells the module in front
 * what this operator does, or a method to Fusible, which makes the operator do more. Other operators stay as they are.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dl {

class ModelContext;

namespace module {

class Module;

/** What an operator, as it is prepared, tells the others. Tensors are indices in the model context. */
struct FusionDescription {
    /** Of an operator that maps int8 to int8, element by element: the 256 results, index x + 128. Valid until the next
     * prepare(). */
    const int8_t *int8_table = nullptr;

    /** The operator only converts its input to another type or another exponent. */
    bool only_converts = false;

    /** The operator's output is saturate(a + b) of two integer tensors, which have the output's shape, type and
     * exponent. */
    struct Addends {
        int a = -1, b = -1;
        /** The other addend than `tensor`; -1 if there are no addends. */
        int beside(int tensor) const { return tensor == a ? b : a; }
    };
    Addends adds;

    /** A tensor, `part`, that is some columns, or some rows, of another tensor, `whole`. Its first element is at row
     * `row` and column `column` of `whole`. A row is the elements of the last axis. */
    struct Part {
        int whole;
        int part;
        int row;
        int column;
    };
    /** The parts that forward() copies unchanged to a whole, or from it. If a part lies in its whole already, forward()
     * copies nothing. */
    std::vector<Part> parts;
};

class Fusible {
public:
    virtual ~Fusible() = default;

    /** Describe the operator. */
    virtual FusionDescription describe(ModelContext *context) const {
        (void)context;
        return {};
    }

    /**
     * Take in the work of `next`, the only reader of this module's only output: forward() then writes next's output,
     * and this module's own output is never written. Fusion calls fuse() again for the only reader of next's output,
     * and so on. If `next` reads another variable, too, that becomes an input of this module; for set_input_pitch(),
     * its index comes after those of the module's own inputs.
     * @param description of `next`
     * @return false if this module cannot; nothing has changed then
     */
    virtual bool fuse(const Module *next, const FusionDescription &description, ModelContext *context) {
        (void)next;
        (void)description;
        (void)context;
        return false;
    }
    /** Switch off the work that was taken in, so that the tensors in between are written, or switch it on again. */
    virtual void set_fused(bool fused) { (void)fused; }

    /**
     * Read the i-th input as rows, of the last axis, that begin `pitch` elements apart. 0: rows follow each other, as
     * after prepare().
     * @return false if the operator cannot; nothing has changed then
     */
    virtual bool set_input_pitch(size_t i, int pitch) {
        (void)i;
        return pitch == 0;
    }
    /** The same for writing the i-th output. After fuse(), the output is that of the last module that was taken in. */
    virtual bool set_output_pitch(size_t i, int pitch) {
        (void)i;
        return pitch == 0;
    }
};

}  // namespace module
}  // namespace dl
