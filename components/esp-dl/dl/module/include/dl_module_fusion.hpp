/**
 * @file dl_module_fusion.hpp
 * The second contract of an operator: what a model may do with it otherwise than its graph says, without changing a bit
 * of a result. Fusion (dl_model_fusion.hpp) reads it after prepare().
 *
 * An operator that takes no part ignores this file. One that does derives from Module and from Fusible, and overrides
 * Module::fusible(). A new kind of fusion adds a field to FusionDescription, for what an operator is to the one in
 * front of it, or a method to Fusible, for what an operator takes in; other operators stay as they are.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dl {

class ModelContext;

namespace module {

class Module;

/** What an operator is to the others, as prepared. Tensors are indices in the model context. */
struct FusionDescription {
    /** It maps int8 to int8, element by element: the 256 results, index x + 128. Valid until the next prepare(). */
    const int8_t *int8_table = nullptr;

    /** Its output is its input in another type or with another exponent, and nothing else. */
    bool only_converts = false;

    /** Its output is saturate(a + b) of these two integer tensors, which have the output's shape, type and exponent. */
    struct Addends {
        int a = -1, b = -1;
        /** The one that `tensor` is not; -1 if there are none. */
        int beside(int tensor) const { return tensor == a ? b : a; }
    };
    Addends adds;

    /** A tensor that is a stretch of another one's rows, or rows of it: the first element of `part` is that of row
     * `row` and column `column` of `whole`. A row is the elements of the last axis. */
    struct Part {
        int whole;
        int part;
        int row;
        int column;
    };
    /** The tensors that forward() copies unchanged into, or out of, others. Where they lie in one another already,
     * forward() finds nothing to do. */
    std::vector<Part> parts;
};

class Fusible {
public:
    virtual ~Fusible() = default;

    /** What the operator is. */
    virtual FusionDescription describe(ModelContext *context) const {
        (void)context;
        return {};
    }

    /**
     * Do the work of `next`, the only reader of this module's only output, too: forward() then writes next's output,
     * and what this module alone would have written is never seen. Called again for the only reader of next's output.
     * A variable that `next` reads beside that output becomes an input of this module: set_input_pitch() knows it as
     * the one behind its own.
     * @param description of `next`
     * @return false if that is not possible; nothing has changed then
     */
    virtual bool fuse(const Module *next, const FusionDescription &description, ModelContext *context) {
        (void)next;
        (void)description;
        (void)context;
        return false;
    }
    /** Switch what was taken in off, to see the tensor in between, and on again. */
    virtual void set_fused(bool fused) { (void)fused; }

    /**
     * Read the i-th input as rows (of the last axis) that begin `pitch` elements after each other; 0: that follow each
     * other, as after prepare().
     * @return false if it cannot; nothing has changed then
     */
    virtual bool set_input_pitch(size_t i, int pitch) {
        (void)i;
        return pitch == 0;
    }
    /** The same for writing the i-th output. After fuse() that is the output of the last module taken in. */
    virtual bool set_output_pitch(size_t i, int pitch) {
        (void)i;
        return pitch == 0;
    }
};

}  // namespace module
}  // namespace dl
