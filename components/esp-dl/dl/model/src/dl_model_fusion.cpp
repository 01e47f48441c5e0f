#include "dl_model_fusion.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace dl {

using module::Fusible;
using module::FusionDescription;
using module::Module;

static constexpr int MAX_DEPTH = 16;  ///< most tensors that lie in one another

void Fusion::clear() {
    *this = Fusion();
}

void Fusion::make(const std::vector<Module *> &execution_plan, ModelContext *context, const std::set<int> &visible) {
    clear();
    m_visible = visible;
    m_skipped.assign(execution_plan.size(), false);
    index(execution_plan, context);
    // Tensors that are cut into parts come first. A part that finds no other place then still lies in its whole.
    for (bool joins : {false, true}) {
        for (Module *module : execution_plan) {
            const Fusible *fusible = module->fusible();
            const std::vector<FusionDescription::Part> parts =
                fusible ? fusible->describe(context).parts : std::vector<FusionDescription::Part>();
            if (parts.empty()) {
                continue;
            }
            const auto &outputs = module->m_outputs_index;
            if (joins == (std::find(outputs.begin(), outputs.end(), parts[0].whole) != outputs.end())) {
                joins ? place_in_whole(parts) : place_parts(parts);
            }
        }
    }
    absorb();
    drop_misfits();
    move();
    set(true);
}

void Fusion::index(const std::vector<Module *> &execution_plan, ModelContext *context) {
    m_plan = &execution_plan;
    m_context = context;
    for (size_t step = 0; step < execution_plan.size(); step++) {
        const Module *module = execution_plan[step];
        for (size_t i = 0; i < module->m_inputs_index.size(); i++) {
            m_readers[module->m_inputs_index[i]].push_back({static_cast<int>(step), i});
        }
        for (size_t i = 0; i < module->m_outputs_index.size(); i++) {
            m_writer[module->m_outputs_index[i]] = {static_cast<int>(step), i};
        }
    }
}

/**
 * Is the tensor input or output of a module that only gives its input another name? If one of the two moved, the module
 * would have to copy.
 */
bool Fusion::is_renamed(int tensor) const {
    const auto renames = [this](int step) { return (*m_plan)[step]->inplace == MODULE_INPLACE_UNCHANGED_BUFFER; };
    const auto readers = m_readers.find(tensor);
    return renames(m_writer.at(tensor).step) ||
           (readers != m_readers.end() && std::any_of(readers->second.begin(), readers->second.end(),
                                                      [&](const Use &use) { return renames(use.step); }));
}

bool Fusion::may_move(int tensor) const {
    return tensor > 0 && tensor < CONTEXT_PARAMETER_OFFSET && !m_visible.count(tensor) && m_writer.count(tensor) &&
           !is_renamed(tensor);
}

/**
 * Put a tensor into another one. Nothing happens if it has a place already, or if a file would make the chain of
 * tensors too long.
 */
void Fusion::nest(int tensor, const Place &place) {
    int depth = 1;
    for (auto above = m_places.find(place.whole); above != m_places.end(); above = m_places.find(above->second.whole)) {
        depth++;
    }
    if (depth + m_height[tensor] > MAX_DEPTH || !m_places.try_emplace(tensor, place).second) {
        return;
    }
    for (auto above = m_places.find(tensor); above != m_places.end(); above = m_places.find(above->second.whole)) {
        int &height = m_height[above->second.whole];
        height = std::max(height, m_height[above->first] + 1);
    }
}

void Fusion::place_parts(const std::vector<FusionDescription::Part> &parts) {
    for (const FusionDescription::Part &part : parts) {
        if (may_move(part.whole) && may_move(part.part)) {
            nest(part.part, {part.whole, part.row, part.column});
        }
    }
}

void Fusion::place_in_whole(const std::vector<FusionDescription::Part> &parts) {
    const int whole = parts[0].whole;
    if (!may_move(whole)) {
        return;
    }
    // The tensor that holds a part moves together with it. So all parts of that tensor must lie in the whole.
    std::map<std::tuple<int, int, int>, int64_t>
        covered;  // elements of a holder that are covered; the key is the holder, and where it would lie
    for (const FusionDescription::Part &part : parts) {
        const Place holder = root(part.part);
        covered[{holder.whole, part.row - holder.row, part.column - holder.column}] +=
            m_context->get_tensor(part.part)->size;
    }
    for (const auto &[at, elements] : covered) {
        const auto [holder, row, column] = at;
        if (holder != whole && may_move(holder) && elements == m_context->get_tensor(holder)->size) {
            nest(holder, {whole, row, column});
        }
    }
}

/** Return the outermost tensor that holds this one, and this one's place in it. */
Fusion::Place Fusion::root(int tensor) const {
    Place place = {tensor, 0, 0};
    for (auto found = m_places.find(tensor); found != m_places.end(); found = m_places.find(place.whole)) {
        place = {found->second.whole, place.row + found->second.row, place.column + found->second.column};
    }
    return place;
}

/** Return the number of elements of the last axis. */
int Fusion::row(int tensor) const {
    const std::vector<int> &shape = m_context->get_tensor(tensor)->shape;
    return shape.empty() ? 1 : shape.back();
}

int Fusion::pitch(int tensor) const {
    return row(root(tensor).whole);
}

/** Can every module that writes or reads the tensor do so at its place? */
bool Fusion::takes_pitch(int tensor) const {
    const int wanted = pitch(tensor);
    if (wanted == row(tensor)) {
        return true;
    }
    std::vector<Pitch> uses;
    const Use &writer = m_writer.at(tensor);
    uses.push_back({(*m_plan)[writer.step], true, writer.position, wanted});
    const auto readers = m_readers.find(tensor);
    if (readers != m_readers.end()) {
        for (const Use &use : readers->second) {
            uses.push_back({(*m_plan)[use.step], false, use.position, wanted});
        }
    }
    return std::all_of(uses.begin(), uses.end(), [](const Pitch &use) {
        const bool possible = use.set(use.pitch);
        use.set(0);
        return possible;
    });
}

/**
 * Take out of its whole every tensor that a module cannot use there. The tensors that it holds then have another pitch,
 * so all are asked again.
 */
void Fusion::drop_misfits() {
    for (size_t before = m_places.size() + 1; before != m_places.size();) {
        before = m_places.size();
        for (auto place = m_places.begin(); place != m_places.end();) {
            place = takes_pitch(place->first) ? std::next(place) : m_places.erase(place);
        }
    }
    for (const auto &[part, place] : m_places) {
        m_members.insert({part, place.whole});
    }
}

/**
 * May the module of step `own` do the work of step `next`, too? It would write the output of `next`, and read the other
 * inputs of `next`, earlier than planned.
 */
bool Fusion::may_absorb(int own, int next) const {
    const Module *first = (*m_plan)[own], *last = (*m_plan)[next];
    if (last->m_outputs_index.size() != 1) {
        return false;
    }
    const int output = last->m_outputs_index[0];
    for (int tensor : last->m_inputs_index) {
        const auto writer = m_writer.find(tensor);
        if (tensor < CONTEXT_PARAMETER_OFFSET && writer != m_writer.end() && writer->second.step > own) {
            return false;
        }
    }
    return is_over(output, first->m_outputs_index[0]) || may_move(output);
}

/** Do both tensors have the same address in the chip's plan? */
bool Fusion::is_over(int tensor, int other) const {
    return m_context->get_tensor(tensor)->get_element_ptr() == m_context->get_tensor(other)->get_element_ptr();
}

void Fusion::absorb() {
    for (size_t step = 0; step < m_plan->size(); step++) {
        Module *module = (*m_plan)[step];
        Fusible *fusible = module->fusible();
        if (!fusible || m_skipped[step] || module->m_outputs_index.size() != 1) {
            continue;
        }
        const int own = module->m_outputs_index[0];
        // The loop takes in one reader after the other: the activation, then the conversion of its output.
        for (int output = own;;) {
            const auto readers = m_readers.find(output);
            if (m_visible.count(output) || readers == m_readers.end() || readers->second.size() != 1) {
                break;
            }
            const int next = readers->second[0].step;
            Module *reader = (*m_plan)[next];
            if (!may_absorb(static_cast<int>(step), next) || !reader->fusible() ||
                !fusible->fuse(reader, reader->fusible()->describe(m_context), m_context)) {
                break;
            }
            // The reader's other inputs.
            for (int tensor : reader->m_inputs_index) {
                if (tensor < 0 || tensor == output) {
                    continue;
                }
                for (Use &use : m_readers[tensor]) {
                    if (use.step == next) {
                        use = {static_cast<int>(step), module->m_inputs_index.size()};
                    }
                }
            }
            m_skipped[next] = true;
            m_absent.insert(output);
            output = reader->m_outputs_index[0];
            m_writer[output] = {static_cast<int>(step), 0};
            if (!is_over(output, own)) {
                m_members.insert(output);
            }
            if (m_absorbers.empty() || m_absorbers.back() != module) {
                m_absorbers.push_back(module);
            }
        }
    }
}

namespace {

constexpr size_t ALIGNMENT = 64;

size_t round_up(size_t bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/** A stretch of memory that is in use during the steps from begin to end. */
struct Span {
    size_t offset, bytes;
    int begin, end;
};

bool is_before(const Span &a, const Span &b) {
    return a.offset < b.offset;
}

/**
 * Find the lowest offset at which memory is free during the span's steps, and add the span.
 * @param used spans, sorted by offset
 */
size_t place_span(std::vector<Span> &used, Span span) {
    span.offset = 0;
    for (const Span &other : used) {
        if (other.offset >= span.offset + span.bytes) {
            break;
        }
        if (other.begin <= span.end && span.begin <= other.end && span.offset < other.offset + other.bytes) {
            span.offset = round_up(other.offset + other.bytes);
        }
    }
    used.insert(std::upper_bound(used.begin(), used.end(), span, is_before), span);
    return span.offset;
}

}  // namespace

/** Return the steps from the one that writes a tensor to the last one that reads it. Absorbed steps do not count. */
Fusion::Life Fusion::life(int tensor) const {
    const auto writer = m_writer.find(tensor);
    Life life = {writer == m_writer.end() ? 0 : writer->second.step, 0};
    // The caller reads the graph's outputs after the last step. A graph's input may be an output, too.
    life.end = m_visible.count(tensor) ? static_cast<int>(m_plan->size()) : life.begin;
    const auto readers = m_readers.find(tensor);
    if (readers != m_readers.end()) {
        for (const Use &use : readers->second) {
            life.end = std::max(life.end, use.step);
        }
    }
    return life;
}

/**
 * Give a place to each group of tensors that lie in one another. If the chip's plan leaves room during the group's
 * life, the place is there: that keeps the memory in use small, and in the caches. Else the group gets memory of its
 * own.
 */
void Fusion::move() {
    std::map<int, Span> groups;  // by the tensor that holds the group
    for (int tensor : m_members) {
        const int whole = root(tensor).whole;
        const Life steps = life(tensor);
        const size_t bytes = round_up(m_context->get_tensor(whole)->get_bytes());
        Span &group = groups.try_emplace(whole, Span{0, bytes, steps.begin, steps.end}).first->second;
        group.begin = std::min(group.begin, steps.begin);
        group.end = std::max(group.end, steps.end);
    }

    uint8_t *planned = static_cast<uint8_t *>(m_context->get_psram_root());
    const size_t planned_end = m_context->get_psram_root_size();
    std::vector<Span> in_plan, own;
    for (int tensor = 1; tensor <= m_context->get_variable_count(); tensor++) {
        TensorBase *stays = m_context->get_tensor(tensor);
        const uint8_t *data = stays ? static_cast<uint8_t *>(stays->data) : nullptr;
        if (data && !m_members.count(tensor) && !m_absent.count(tensor) && data >= planned &&
            data < planned + planned_end) {
            const Life steps = life(tensor);
            in_plan.push_back(
                {static_cast<size_t>(data - planned), static_cast<size_t>(stays->get_bytes()), steps.begin, steps.end});
        }
    }
    std::vector<int> order;
    order.reserve(groups.size());
    for (const auto &group : groups) {
        order.push_back(group.first);
    }
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return groups[a].bytes > groups[b].bytes; });
    std::sort(in_plan.begin(), in_plan.end(), is_before);
    std::map<int, uint8_t *> data;
    size_t own_bytes = 0;
    for (int whole : order) {
        Span &group = groups[whole];
        std::vector<Span> tried = in_plan;
        group.offset = place_span(tried, group);
        if (group.offset + group.bytes <= planned_end) {
            in_plan.swap(tried);
            data[whole] = planned + group.offset;
        } else {
            group.offset = place_span(own, group);
            own_bytes = std::max(own_bytes, group.offset + group.bytes);
        }
    }
    m_memory.resize(own_bytes);

    for (int tensor : m_members) {
        TensorBase *moved = m_context->get_tensor(tensor);
        const Place place = root(tensor);
        const int64_t at = static_cast<int64_t>(place.row) * pitch(tensor) + place.column;
        const auto in_place = data.find(place.whole);
        uint8_t *first = in_place != data.end() ? in_place->second : m_memory.data() + groups[place.whole].offset;
        m_moved.push_back({moved, moved->data, first + at * static_cast<int64_t>(moved->get_dtype_bytes())});
        if (pitch(tensor) == row(tensor)) {
            continue;
        }
        m_pitches.push_back({(*m_plan)[m_writer[tensor].step], true, m_writer[tensor].position, pitch(tensor)});
        for (const Use &use : m_readers[tensor]) {
            m_pitches.push_back({(*m_plan)[use.step], false, use.position, pitch(tensor)});
        }
    }
}

bool Fusion::Pitch::set(int value) const {
    Fusible *fusible = module->fusible();
    if (!fusible) {
        return value == 0;
    }
    return is_output ? fusible->set_output_pitch(position, value) : fusible->set_input_pitch(position, value);
}

void Fusion::set(bool on) {
    m_on = on;
    for (Module *module : m_absorbers) {
        module->fusible()->set_fused(on);
    }
    for (const Moved &moved : m_moved) {
        moved.tensor->data = on ? moved.data : moved.planned;
    }
    for (const Pitch &pitch : m_pitches) {
        pitch.set(on ? pitch.pitch : 0);
    }
}

}  // namespace dl
