#include "freertos/event_groups.h"

#include <vector>

#include "board/board.hpp"
#include "freertos/idf_additions.h"
#include "freertos/kernel.hpp"

struct EventGroupDef_t {
    EventBits_t bits = 0;
    void *board_memory = nullptr;

    // A waiter's condition is judged when bits are set, by whoever sets them: they may be gone when it runs.
    struct Waiter {
        EventGroupDef_t *group;
        EventBits_t wanted;
        bool all;
        bool clear;
        bool done;
        EventBits_t seen;
    };
    std::vector<Waiter *> waiters;
    hal::WaitList list;
};

namespace {

constexpr EventBits_t USABLE = 0x00FFFFFF;

bool met(EventBits_t bits, EventBits_t wanted, bool all) {
    return all ? (bits & wanted) == wanted : (bits & wanted) != 0;
}

EventGroupHandle_t create(bool on_board, uint32_t caps) {
    void *memory = nullptr;
    if (on_board) {
        memory = hal::take_board_memory(hal::EVENT_GROUP_BYTES, caps);
        if (!memory) {
            return nullptr;
        }
    }
    auto *group = new EventGroupDef_t;
    group->board_memory = memory;
    return group;
}

void set_bits(EventGroupHandle_t group, EventBits_t bits) {
    group->bits |= bits & USABLE;
    EventBits_t clear = 0;
    for (EventGroupDef_t::Waiter *waiter : group->waiters) {
        if (!waiter->done && met(group->bits, waiter->wanted, waiter->all)) {
            waiter->done = true;
            waiter->seen = group->bits;
            clear |= waiter->clear ? waiter->wanted : 0;
        }
    }
    group->bits &= ~clear;
    group->list.wake_all();
}

void forget(void *waiter) {
    auto *self = static_cast<EventGroupDef_t::Waiter *>(waiter);
    std::erase(self->group->waiters, self);
}

EventBits_t wait_bits(hal::KernelLock &lock, EventGroupHandle_t group, EventBits_t wanted, bool clear, bool all,
                      TickType_t ticks) {
    if (met(group->bits, wanted, all)) {
        const EventBits_t seen = group->bits;
        group->bits &= clear ? ~wanted : ~EventBits_t{0};
        return seen;
    }
    if (ticks == 0) {
        return group->bits;
    }
    EventGroupDef_t::Waiter self{group, wanted, all, clear, false, 0};
    group->waiters.push_back(&self);
    const int64_t deadline = hal::deadline_of(ticks);
    while (!self.done && hal::clock().now_us() < deadline) {
        group->list.wait(lock, deadline, forget, &self);
    }
    forget(&self);
    return self.done ? self.seen : group->bits;
}

}  // namespace

EventGroupHandle_t xEventGroupCreate(void) {
    return create(true, hal::KERNEL_CAPS);
}
EventGroupHandle_t xEventGroupCreateWithCaps(UBaseType_t caps) {
    return create(true, caps);
}
EventGroupHandle_t xEventGroupCreateStatic(StaticEventGroup_t *buffer) {
    return buffer ? create(false, 0) : nullptr;
}

void vEventGroupDelete(EventGroupHandle_t group) {
    heap_caps_free(group->board_memory);
    delete group;
}
void vEventGroupDeleteWithCaps(EventGroupHandle_t group) {
    vEventGroupDelete(group);
}

EventBits_t xEventGroupWaitBits(EventGroupHandle_t group, EventBits_t bits, BaseType_t clear_on_exit,
                                BaseType_t wait_for_all, TickType_t ticks) {
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    return wait_bits(lock, group, bits & USABLE, clear_on_exit != pdFALSE, wait_for_all != pdFALSE, ticks);
}

EventBits_t xEventGroupSetBits(EventGroupHandle_t group, EventBits_t bits) {
    hal::KernelLock lock(hal::kernel_mutex());
    set_bits(group, bits);
    return group->bits;
}

EventBits_t xEventGroupClearBits(EventGroupHandle_t group, EventBits_t bits) {
    hal::KernelLock lock(hal::kernel_mutex());
    const EventBits_t before = group->bits;
    group->bits &= ~bits;
    return before;
}

EventBits_t xEventGroupSync(EventGroupHandle_t group, EventBits_t set, EventBits_t wait_for, TickType_t ticks) {
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    const EventBits_t before = group->bits | (set & USABLE);
    set_bits(group, set);
    if (met(before, wait_for, true)) {
        group->bits &= ~wait_for;
        return before;
    }
    return wait_bits(lock, group, wait_for, true, true, ticks);
}
