#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dl_tool.hpp"

namespace dl {

// The chips that run this library have two cores. Tools set what the PC has.
static std::atomic<int> s_thread_count{2};

int get_thread_count() {
    return s_thread_count.load(std::memory_order_relaxed);
}

void set_thread_count(int count) {
    s_thread_count.store(count < 1 ? 1 : (count > 256 ? 256 : count), std::memory_order_relaxed);
}

namespace {

/**
 * Helper threads that wait for a range to work on. One caller at a time; threads are started when first needed and
 * joined at exit. Between two layers of a network there are microseconds, so a helper spins shortly before it sleeps.
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
        while ((int)m_threads.size() < threads - 1) {
            const int index = (int)m_threads.size() + 1;
            m_threads.emplace_back([this, index, seen = m_generation.load()] { work(index, seen); });
        }
        m_body = &body;
        m_units = units;
        m_parts = threads;
        m_pending.store((int)m_threads.size(), std::memory_order_relaxed);
        {
            std::lock_guard<std::mutex> lock(m_mutex);
            m_generation.fetch_add(1, std::memory_order_release);
        }
        m_wake.notify_all();
        part(0);
        while (m_pending.load(std::memory_order_acquire) != 0) {
            std::this_thread::yield();
        }
        m_body = nullptr;
        return true;
    }

private:
    void part(int index) {
        const int begin = (int)((int64_t)m_units * index / m_parts);
        const int end = (int)((int64_t)m_units * (index + 1) / m_parts);
        if (index < m_parts && begin < end) {
            (*m_body)(begin, end);
        }
    }

    void work(int index, unsigned seen) {
        constexpr int SPINS = 2000;
        while (true) {
            for (int i = 0; i < SPINS && m_generation.load(std::memory_order_acquire) == seen && !m_quit.load(); i++) {
                if (i % 64 == 63) {
                    std::this_thread::yield();
                }
            }
            if (m_generation.load(std::memory_order_acquire) == seen) {
                std::unique_lock<std::mutex> lock(m_mutex);
                m_wake.wait(lock, [&] { return m_quit.load() || m_generation.load() != seen; });
            }
            if (m_quit.load()) {
                return;
            }
            seen = m_generation.load(std::memory_order_acquire);
            part(index);
            m_pending.fetch_sub(1, std::memory_order_release);
        }
    }

    std::mutex m_owner;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::vector<std::thread> m_threads;
    std::atomic<unsigned> m_generation{0};
    std::atomic<int> m_pending{0};
    std::atomic<bool> m_quit{false};
    const std::function<void(int, int)> *m_body = nullptr;
    int m_units = 0;
    int m_parts = 1;
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
