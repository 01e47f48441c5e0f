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
 * Helper threads that take chunks of a range. They work for one caller at a time. A helper is started when it is first
 * needed, and joined at exit.
 *
 * Every thread begins with its own part of the chunks: what it wrote in one layer is then in its cache in the next one.
 * A thread that has finished its part takes chunks of the other parts. So nobody waits for a helper that is late: the
 * others do its part. Two layers of a network are microseconds apart, so a helper spins for a while before it sleeps.
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

    /** @return false if another caller is using the helpers */
    bool run(int threads, int units, const std::function<void(int, int)> &body) {
        std::unique_lock<std::mutex> owner(m_owner, std::try_to_lock);
        if (!owner.owns_lock()) {
            return false;
        }
        while (static_cast<int>(m_threads.size()) < threads - 1) {
            const int index = static_cast<int>(m_threads.size()) + 1;
            m_threads.emplace_back([this, index] { work(index); });
        }
        m_body = &body;
        m_units = units;
        m_chunks = std::min(units, threads * CHUNKS_PER_THREAD);
        m_done.store(0, std::memory_order_relaxed);
        m_parts.store(threads, std::memory_order_relaxed);
        for (int i = 0; i < threads; i++) {
            m_part[i].chunks.store(pack(m_chunks * i / threads, m_chunks * (i + 1) / threads));
        }
        m_generation.fetch_add(1);
        if (m_sleepers.load() > 0) {
            { std::lock_guard<std::mutex> lock(m_mutex); }
            m_wake.notify_all();
        }
        take_chunks(0);
        for (int spins = 1; m_done.load(std::memory_order_acquire) != m_chunks; spins++) {
            relax();
            if (spins % 256 == 0) {
                std::this_thread::yield();
            }
        }
        m_body = nullptr;
        return true;
    }

private:
    static constexpr int CHUNKS_PER_THREAD = 8;
    static constexpr int MAX_THREADS = 256;
    static constexpr auto SPIN_TIME = std::chrono::microseconds(100);

    /** The chunks [next, end) of one thread, in a cache line of its own. */
    struct alignas(64) Part {
        std::atomic<uint32_t> chunks{0};
    };
    static uint32_t pack(int next, int end) { return static_cast<uint32_t>(end) << 16 | static_cast<uint32_t>(next); }

    /**
     * Work on this thread's chunks, then on those of the others. The job and the function behind m_body exist until
     * every chunk that was taken is done.
     */
    void take_chunks(int index) {
        const int parts = m_parts.load(std::memory_order_relaxed);
        int taken = 0;
        for (int i = 0; i < parts; i++) {
            std::atomic<uint32_t> &chunks = m_part[(index + i) % parts].chunks;
            uint32_t seen = chunks.load(std::memory_order_acquire);
            while ((seen & 0xffff) < seen >> 16) {
                if (!chunks.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel,
                                                  std::memory_order_acquire)) {
                    continue;
                }
                const int64_t chunk = seen & 0xffff;
                (*m_body)(static_cast<int>(m_units * chunk / m_chunks),
                          static_cast<int>(m_units * (chunk + 1) / m_chunks));
                taken++;
                seen = chunks.load(std::memory_order_acquire);
            }
        }
        if (taken > 0) {
            m_done.fetch_add(taken, std::memory_order_release);
        }
    }

    void work(int index) {
        unsigned seen = 0;
        while (!m_quit.load(std::memory_order_relaxed)) {
            const Clock::time_point start = Clock::now();
            for (int spins = 1; m_generation.load(std::memory_order_acquire) == seen; spins++) {
                relax();
                if (spins % 64 == 0) {
                    if (m_quit.load(std::memory_order_relaxed) || Clock::now() - start > SPIN_TIME) {
                        sleep(seen);
                        break;
                    }
                    std::this_thread::yield();
                }
            }
            seen = m_generation.load(std::memory_order_acquire);
            if (index < m_parts.load(std::memory_order_relaxed)) {
                take_chunks(index);
            }
        }
    }

    /** Sleep until there is a job with another number than `seen`. */
    void sleep(unsigned seen) {
        std::unique_lock<std::mutex> lock(m_mutex);
        m_sleepers.fetch_add(1);
        m_wake.wait(lock, [&] { return m_quit.load() || m_generation.load() != seen; });
        m_sleepers.fetch_sub(1);
    }

    std::mutex m_owner;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::vector<std::thread> m_threads;
    alignas(64) std::atomic<unsigned> m_generation{0};
    std::atomic<int> m_parts{0};
    const std::function<void(int, int)> *m_body = nullptr;
    int64_t m_units = 0;
    int m_chunks = 0;
    std::atomic<int> m_sleepers{0};
    std::atomic<bool> m_quit{false};
    alignas(64) std::atomic<int> m_done{0};
    Part m_part[MAX_THREADS];
};

}  // namespace

void parallel_for(runtime_mode_t mode, int units, const std::function<void(int begin, int end)> &body) {
    if (units <= 0) {
        return;
    }
    const int threads = mode == RUNTIME_MODE_MULTI_CORE ? get_thread_count() : 1;
    if (threads < 2 || units < 2 || !Pool::instance().run(threads, units, body)) {
        body(0, units);
    }
}

}  // namespace dl
