#include "board/clock.hpp"

#include <time.h>

#include <algorithm>
#include <chrono>

namespace hal {
namespace {

int64_t monotonic_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

}  // namespace

Clock::Clock() : m_boot_ns(monotonic_ns()) {}

int64_t Clock::now_us() const {
    if (!m_manual.load(std::memory_order_acquire)) {
        return (monotonic_ns() - m_boot_ns) / 1000;
    }
    return m_manual_us.load(std::memory_order_acquire);
}

void Clock::set_manual() {
    if (!m_manual) {
        m_manual_us = now_us();
        m_manual = true;
        advance_us(0);
    }
}

void Clock::restart() {
    m_boot_ns = monotonic_ns();
    m_manual = false;
}

bool Clock::manual() const {
    return m_manual;
}

void Clock::advance_us(int64_t us) {
    std::vector<Waiter> waiters;
    {
        std::lock_guard<std::mutex> guard(m_mutex);
        m_manual_us += us;
        waiters = m_waiters;
    }
    // A waiter tests the time and leaves with its mutex held, so with that mutex held here it either waits or is gone.
    for (const Waiter &waiter : waiters) {
        std::lock_guard<std::mutex> outer(*waiter.mutex);
        std::lock_guard<std::mutex> guard(m_mutex);
        for (const Waiter &present : m_waiters) {
            if (present.cv == waiter.cv) {
                waiter.cv->notify_all();
                break;
            }
        }
    }
}

void Clock::wait(std::unique_lock<std::mutex> &lock, std::condition_variable &cv, int64_t deadline_us) {
    if (deadline_us == INT64_MAX) {
        cv.wait(lock);
        return;
    }
    Waiter self{lock.mutex(), &cv};
    {
        std::lock_guard<std::mutex> guard(m_mutex);
        m_waiters.push_back(self);
    }
    if (now_us() < deadline_us) {
        if (m_manual) {
            cv.wait(lock);
        } else {
            const int64_t left_us = std::min<int64_t>(deadline_us - now_us(), int64_t{3600} * 1000000);
            // steady_clock is what now_us() reads.
            cv.wait_for(lock, std::chrono::microseconds(left_us));
        }
    }
    std::lock_guard<std::mutex> guard(m_mutex);
    const auto it = std::find_if(m_waiters.begin(), m_waiters.end(),
                                 [&](const Waiter &w) { return w.cv == self.cv && w.mutex == self.mutex; });
    m_waiters.erase(it);
}

Clock &clock() {
    static Clock *instance = new Clock;  // never destroyed: threads use it to the end
    return *instance;
}

}  // namespace hal
