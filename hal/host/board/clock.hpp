#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace hal {

/** Time since boot. Real by default; a test can take it over and move it by hand, so that no test watches the clock. */
class Clock {
public:
    Clock();

    int64_t now_us() const;

    /** From now on time stands still and moves only through advance_us(). */
    void set_manual();
    void advance_us(int64_t us);
    bool manual() const;

    /** Boot, now: time runs by itself from 0. */
    void restart();

    /** Waits on `cv` until it is notified (or spuriously woken) or the clock reaches `deadline_us`; INT64_MAX: no
     * deadline. `lock` is held again on return. All waits of one `cv` use the same mutex. */
    void wait(std::unique_lock<std::mutex> &lock, std::condition_variable &cv, int64_t deadline_us);

private:
    struct Waiter {
        std::mutex *mutex;
        std::condition_variable *cv;
    };

    mutable std::mutex m_mutex;
    std::atomic<int64_t> m_boot_ns = 0;
    std::atomic<bool> m_manual = false;
    std::atomic<int64_t> m_manual_us = 0;
    std::vector<Waiter> m_waiters;
};

/** The clock of this process. It runs before there is a board, and after. */
Clock &clock();

}  // namespace hal
