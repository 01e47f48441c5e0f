#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dl_tool.hpp"
#include "esp_chip_info.h"

namespace dl {

// 0: as many threads as the chip has cores. Tools set the number of the PC's cores.
static std::atomic<int> s_thread_count{0};

int get_thread_count() {
    const int count = s_thread_count.load(std::memory_order_relaxed);
    if (count > 0) {
        return count;
    }
    static const int s_cores = [] {
        esp_chip_info_t chip;
        esp_chip_info(&chip);
        return static_cast<int>(chip.cores);
    }();
    return s_cores;
}

void set_thread_count(int count) {
    s_thread_count.store(count < 1 ? 1 : (count > 256 ? 256 : count), std::memory_order_relaxed);
}

namespace {

using Clock = std::chrono::steady_clock;

/** Tell the processor that the calling loop only waits. */
inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/**
 * Helper threads that share the units of a job with the caller. They work for one caller at a time. A helper is started
 * when it is first needed, and joined at exit.
 *
 * Every thread has a part of the units, the same one in job after job: what it wrote in one layer is then in its cache
 * in the next one. A part is a few portions. Whoever takes some of them takes half of what the part has left: few
 * calls, and a rest that is small enough to wait for. A thread that has finished its part takes from the others. So
 * nobody waits for a helper that is late: the others do its part.
 *
 * A cache line takes a while from one processor core to another, so a job costs as few of them as possible: the caller
 * writes one, which all helpers watch, and reads one of each helper. Each word in them begins with the job's number.
 * Nothing has to be cleared for a new job: a word of an older job counts as 0.
 *
 * Two layers of a network are microseconds apart, so a helper watches for a while before it sleeps.
 */
class Pool {
public:
    static Pool &instance() {
        static Pool s_pool;
        return s_pool;
    }

    ~Pool() {
        {
            std::lock_guard<std::mutex> lock(m_mutex);
            m_quit.store(true);
        }
        m_wake.notify_all();
        for (std::thread &thread : m_threads) {
            thread.join();
        }
    }

    /** @return false if another caller is using the helpers, or they have cost more time than they saved */
    bool run(int threads, int units, const std::function<void(int, int)> &body) {
        std::unique_lock<std::mutex> owner(m_owner, std::try_to_lock);
        if (!owner.owns_lock()) {
            return false;
        }
        const Clock::time_point start = Clock::now();
        if (is_in_debt(start)) {
            return false;
        }
        const int parts = std::min(threads, units);
        while (static_cast<int>(m_threads.size()) < parts - 1) {
            const int index = static_cast<int>(m_threads.size()) + 1;
            m_threads.emplace_back([this, index] { work(index); });
        }
        Job job;
        job.number = ++m_number;
        job.parts = parts;
        job.portions = std::min(units / parts, Job::MAX_PORTIONS);
        m_order.body = &body;
        m_order.units = units;
        m_order.job.store(job.packed(), std::memory_order_release);
        // A helper that falls asleep at this moment may miss the job. Its part is done without it then.
        if (m_sleepers.load(std::memory_order_relaxed) > 0) {
            wake();
        }
        const int mine = take_portions(0, job);
        wait_for_helpers(job, parts * job.portions - mine, start);
        return true;
    }

private:
    static constexpr int MAX_THREADS = 256;
    static constexpr auto SPIN_TIME = std::chrono::microseconds(100);  ///< a helper without a job sleeps after that
    static constexpr auto OWN_TIME = std::chrono::microseconds(30);    ///< whoever waits offers the core after that
    static constexpr auto DEBT_LIMIT = std::chrono::milliseconds(1);   ///< see note_job()
    static constexpr auto MOST_DEBT = std::chrono::milliseconds(10);   ///< what comes on top is forgotten
    static constexpr int PATIENCE = 64;  ///< one part in so many of the time may be lost by trying helpers

    /** The number of a job, of its parts, and of the portions of each part. */
    struct Job {
        static constexpr int MAX_PORTIONS = 8;
        uint64_t number = 0;
        int parts = 0;
        int portions = 0;

        uint64_t packed() const {
            return number << 16 | static_cast<uint64_t>(parts) << 4 | static_cast<uint64_t>(portions);
        }
        static Job unpack(uint64_t word) {
            return {word >> 16, static_cast<int>(word >> 4 & 0xfff), static_cast<int>(word & 15)};
        }
    };
    /** What the caller writes. `units` and `body` stay until every portion that was taken is done. */
    struct alignas(64) Order {
        std::atomic<uint64_t> job{0};
        int64_t units = 0;
        const std::function<void(int, int)> *body = nullptr;
    };
    /** How many portions of a part are taken, or how many a thread has done: the job's number << 16 | count. */
    struct alignas(64) Count {
        std::atomic<uint64_t> word{0};
    };

    /** Take portions of a part. @return how many, from `first` on; 0 if there are none */
    int take(int part, const Job &job, int *first) {
        std::atomic<uint64_t> &taken = m_taken[part].word;
        uint64_t seen = taken.load(std::memory_order_relaxed);
        for (;;) {
            // A newer number: the job is over, and this helper is late. An older one: nobody has begun with the part,
            // since a job is not over before all its parts are.
            if (seen >> 16 > job.number) {
                return 0;
            }
            *first = seen >> 16 == job.number ? static_cast<int>(seen & 0xffff) : 0;
            const int count = (job.portions - *first + 1) / 2;
            if (count == 0) {
                return 0;
            }
            const uint64_t after = job.number << 16 | static_cast<uint64_t>(*first + count);
            if (taken.compare_exchange_weak(seen, after, std::memory_order_acq_rel, std::memory_order_relaxed)) {
                return count;
            }
        }
    }

    /** Work on this thread's part, then on those of the others. @return how many portions this thread has done */
    int take_portions(int index, const Job &job) {
        int done = 0;
        for (int i = 0; i < job.parts; i++) {
            const int part = (index + i) % job.parts;
            int first = 0;
            while (const int count = take(part, job, &first)) {
                const int64_t all = job.parts * job.portions;
                const int64_t begin = part * job.portions + first;
                (*m_order.body)(static_cast<int>(m_order.units * begin / all),
                                static_cast<int>(m_order.units * (begin + count) / all));
                done += count;
            }
        }
        return done;
    }

    /**
     * Wait until the helpers have done so many portions.
     * @param start when the job began
     */
    void wait_for_helpers(const Job &job, int portions, Clock::time_point start) {
        Clock::time_point end;
        for (int spins = 0;; spins++) {
            int done = 0;
            for (int i = 1; i < job.parts; i++) {
                const uint64_t word = m_done[i].word.load(std::memory_order_acquire);
                done += word >> 16 == job.number ? static_cast<int>(word & 0xffff) : 0;
            }
            if (done == portions) {
                if (m_debt > Clock::duration::zero() || spins >= 64) {
                    const Clock::time_point now = Clock::now();
                    end = spins == 0 ? now : end;
                    note_job((end - start) * portions / std::max(1, job.parts * job.portions - portions), now - end);
                }
                return;
            }
            relax();
            if (spins == 0) {
                end = Clock::now();
            } else if (spins % 64 == 0 && Clock::now() - end > OWN_TIME) {
                std::this_thread::yield();
            }
        }
    }

    /**
     * A helper that loses its core costs time: the caller waits. What that is more than helpers save is a debt. Jobs
     * that go well pay it. Above a limit, jobs are done without helpers, and the debt shrinks with time, so that they
     * are tried again. So a program that has fewer cores than threads, because of other programs or of a limit, is not
     * much slower than with one thread.
     * @param saved how much longer the job would have taken without helpers, had nobody waited
     */
    void note_job(Clock::duration saved, Clock::duration waited) {
        m_debt = std::clamp<Clock::duration>(m_debt + waited - saved, Clock::duration::zero(), MOST_DEBT);
    }

    /** Have helpers cost too much? @param now the beginning of a job */
    bool is_in_debt(Clock::time_point now) {
        if (m_debt <= DEBT_LIMIT) {
            m_before = now;
            return false;
        }
        m_debt = std::max<Clock::duration>(m_debt - (now - m_before) / PATIENCE, Clock::duration::zero());
        m_before = now;
        return m_debt > DEBT_LIMIT;
    }

    void work(int index) {
        uint64_t seen = 0;
        bool useful = true;
        while (watch(&seen, &useful)) {
            const Job job = Job::unpack(seen);
            const int done = index < job.parts ? take_portions(index, job) : 0;
            if (done > 0) {
                m_done[index].word.store(job.number << 16 | static_cast<uint64_t>(done), std::memory_order_release);
                useful = true;
            }
        }
    }

    /** Wait for another job than `seen`. @return false if there will be none */
    bool watch(uint64_t *seen, bool *useful) {
        const uint64_t before = *seen;
        const Clock::time_point start = Clock::now();
        for (int spins = 1;; spins++) {
            *seen = m_order.job.load(std::memory_order_acquire);
            if (*seen != before) {
                return true;
            }
            relax();
            if (spins % 64 == 0) {
                const Clock::duration waited = Clock::now() - start;
                if (waited > SPIN_TIME) {
                    break;
                }
                if (waited > OWN_TIME) {
                    std::this_thread::yield();
                }
            }
        }
        if (*useful) {
            m_useless.store(0, std::memory_order_relaxed);
        } else {
            m_useless.fetch_add(1, std::memory_order_relaxed);
        }
        *useful = false;
        std::unique_lock<std::mutex> lock(m_mutex);
        m_sleepers.fetch_add(1);
        m_wake.wait(lock, [&] { return m_quit.load() || m_order.job.load() != before; });
        m_sleepers.fetch_sub(1);
        *seen = m_order.job.load(std::memory_order_acquire);
        return !m_quit.load();
    }

    /** Wake the helpers, but not for every job if they keep coming too late: other programs have the cores then. */
    void wake() {
        constexpr int patience = 4, most = 8;
        if (m_skips > 0) {
            m_skips--;
            return;
        }
        const int useless = m_useless.load(std::memory_order_relaxed);
        m_skips = useless < patience ? 0 : 1 << std::min(useless - patience, most);
        { std::lock_guard<std::mutex> lock(m_mutex); }
        m_wake.notify_all();
    }

    std::mutex m_owner;
    uint64_t m_number = 0;       ///< of the latest job
    int m_skips = 0;             ///< jobs that wake nobody
    Clock::duration m_debt{0};   ///< what helpers have cost more than they saved
    Clock::time_point m_before;  ///< the beginning of the job before
    std::vector<std::thread> m_threads;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::atomic<bool> m_quit{false};
    alignas(64) std::atomic<int> m_sleepers{0};
    std::atomic<int> m_useless{0};  ///< how many times in a row a helper was woken for nothing
    Order m_order;
    Count m_taken[MAX_THREADS];  ///< of each part
    Count m_done[MAX_THREADS];   ///< by each thread
};

/** On a machine with a single core, threads would only stand in each other's way. */
bool has_several_cores() {
    static const bool s_several = std::thread::hardware_concurrency() != 1;
    return s_several;
}

}  // namespace

void parallel_for(runtime_mode_t mode, int units, const std::function<void(int begin, int end)> &body) {
    if (units <= 0) {
        return;
    }
    const int threads = mode == RUNTIME_MODE_MULTI_CORE ? get_thread_count() : 1;
    if (threads < 2 || units < 2 || !has_several_cores() || !Pool::instance().run(threads, units, body)) {
        body(0, units);
    }
}

}  // namespace dl
