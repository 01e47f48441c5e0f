/**
 * @file dl_model_fusion.hpp
 * Fusion: what a model does otherwise than its graph says, without changing a bit of a result. Modules take in the work
 * of those behind them, and tensors lie inside others, so that Concat and Split have nothing to copy.
 *
 * The chip's memory plan gives a tensor's place to another one as soon as the graph allows it. If a part is to lie in
 * its whole, the whole's place is needed earlier than planned, or the part's place longer. So a whole and its parts get
 * another place: where the plan leaves room for them, or else in memory of this PC, outside of the emulated heap.
 *
 * Graph outputs are where the chip has them. After a run, the rest of the plan's memory is as undefined as on the chip,
 * but its bytes are others than there: for example those of an input whose place other tensors have taken.
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
     * Decide what is fused, and switch fusion on. The modules are prepared, on planned memory.
     * @param visible tensors that the caller reads or writes where they are: graph inputs and outputs
     */
    void make(const std::vector<module::Module *> &execution_plan, ModelContext *context, const std::set<int> &visible);
    /** Forget everything; modules and tensors are left as they are. */
    void clear();
    /** Switch fusion on or off. If it is off, every module does its own work, and every tensor is where the chip has
     * it. */
    void set(bool on);
    bool is_on() const { return m_on; }
    /** Does another module do the work of this step while fusion is on? */
    bool skips(size_t step) const { return m_on && step < m_skipped.size() && m_skipped[step]; }

private:
    struct Use {
        int step;
        size_t position;  ///< index among the module's inputs or outputs
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
    /** A tensor that is at another place than the chip's plan gives it. */
    struct Moved {
        TensorBase *tensor;
        void *planned;  ///< where the chip's plan puts its data
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
    std::map<int, Place> m_places;  ///< places of the tensors that lie in others
    std::map<int, int> m_height;    ///< of a tensor: how many levels of tensors lie inside each other in it
    std::set<int> m_members;        ///< all that moves: those, the ones they lie in, what is written too early
    std::set<int> m_absent;         ///< tensors that nobody computes while fusion is on

    std::vector<Moved> m_moved;
    std::vector<Pitch> m_pitches;
    base::HostBuffer<uint8_t> m_memory;
    std::vector<bool> m_skipped;
    std::vector<module::Module *> m_absorbers;
    bool m_on = false;
};

}  // namespace dl
