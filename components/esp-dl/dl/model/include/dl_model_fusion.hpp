/**
 * @file dl_model_fusion.hpp
 * What a model does otherwise than its graph says, without changing a bit of a result: modules that take in the work of
 * those behind them, and tensors that lie inside others, so that Concat and Split have nothing to copy.
 *
 * The chip's memory plan gives a tensor's place to another one as soon as the graph allows it. A part that is to lie in
 * its whole has to be there earlier than the whole is planned to be, or longer than itself. So such groups of tensors
 * get other places, where the plan leaves room for them, or else memory of this PC, outside the emulated heap.
 *
 * Graph outputs are where the chip has them. What lies elsewhere in the plan's memory after a run is as undefined as on
 * the chip, but not the same: the input's bytes, for example, once other tensors have taken their place.
 */
#pragma once

#include <map>
#include <set>
#include <vector>

#include "dl_base_host_buffer.hpp"
#include "dl_model_context.hpp"
#include "dl_module_base.hpp"

namespace dl {

class Fusion {
public:
    /**
     * Decide, for modules that are prepared on their planned memory, and switch on.
     * @param visible tensors that the caller reads or writes where they are: graph inputs and outputs
     */
    void make(const std::vector<module::Module *> &execution_plan, ModelContext *context, const std::set<int> &visible);
    /** Forget everything; modules and tensors are left as they are. */
    void clear();
    /** Off: every module does its own work, every tensor is where the chip has it. */
    void set(bool on);
    bool is_on() const { return m_on; }
    /** Does another module do the work of this step while fusion is on? */
    bool skips(size_t step) const { return m_on && step < m_skipped.size() && m_skipped[step]; }

private:
    struct Use {
        int step;
        size_t position;  ///< among the module's inputs or outputs
    };
    /** Where a tensor's first element lies in another one, in rows and elements of them. */
    struct Place {
        int whole;
        int row;
        int column;
    };
    /** First and last step of a tensor's life. */
    struct Life {
        int begin, end;
    };
    /** A tensor that is elsewhere than by the chip's plan. */
    struct Moved {
        TensorBase *tensor;
        void *planned;  ///< its data by the chip's plan
        void *data;
    };
    struct Pitch {
        module::Module *module;
        bool is_output;
        size_t position;
        int pitch;
        bool set(int value) const;
    };

    void index(const std::vector<module::Module *> &execution_plan, ModelContext *context);
    bool may_move(int tensor) const;
    bool is_renamed(int tensor) const;
    void nest(int tensor, const Place &place);
    void place_parts(const std::vector<module::FusionDescription::Part> &parts);
    void place_in_whole(const std::vector<module::FusionDescription::Part> &parts);
    Place root(int tensor) const;
    int row(int tensor) const;
    int pitch(int tensor) const;
    bool takes_pitch(int tensor) const;
    void drop_misfits();
    void absorb();
    bool may_absorb(int own, int next) const;
    bool is_over(int tensor, int other) const;
    Life life(int tensor) const;
    void move();

    const std::vector<module::Module *> *m_plan = nullptr;
    ModelContext *m_context = nullptr;
    std::set<int> m_visible;
    std::map<int, Use> m_writer;
    std::map<int, std::vector<Use>> m_readers;
    std::map<int, Place> m_places;  ///< of the tensors that lie in others
    std::map<int, int> m_height;    ///< levels of tensors in a tensor
    std::set<int> m_members;        ///< all that moves: those, the ones they lie in, what is written too early
    std::set<int> m_absent;         ///< tensors that are never computed

    std::vector<Moved> m_moved;
    std::vector<Pitch> m_pitches;
    base::HostBuffer<uint8_t> m_memory;
    std::vector<bool> m_skipped;
    std::vector<module::Module *> m_absorbers;
    bool m_on = false;
};

}  // namespace dl
