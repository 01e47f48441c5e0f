#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "dl_tool.hpp"
#include "gtest/gtest.h"

namespace {

TEST(ParallelFor, CoversEveryUnitOnce) {
    const int before = dl::get_thread_count();
    for (int threads : {1, 2, 3, 7}) {
        dl::set_thread_count(threads);
        for (int units : {0, 1, 2, 5, 1000}) {
            std::vector<std::atomic<int>> hits(units);
            dl::parallel_for(dl::RUNTIME_MODE_MULTI_CORE, units, [&](int begin, int end) {
                for (int i = begin; i < end; i++) {
                    hits[i]++;
                }
            });
            for (const std::atomic<int> &hit : hits) {
                ASSERT_EQ(hit.load(), 1);
            }
        }
    }
    dl::set_thread_count(before);
}

TEST(ParallelFor, SeveralCallersAtOnce) {
    const int before = dl::get_thread_count();
    dl::set_thread_count(3);
    std::vector<std::thread> callers;
    std::atomic<long> sum{0};
    for (int caller = 0; caller < 4; caller++) {
        callers.emplace_back([&] {
            for (int round = 0; round < 200; round++) {
                dl::parallel_for(dl::RUNTIME_MODE_MULTI_CORE, 10, [&](int begin, int end) { sum += end - begin; });
            }
        });
    }
    for (std::thread &caller : callers) {
        caller.join();
    }
    EXPECT_EQ(sum.load(), 4 * 200 * 10);
    dl::set_thread_count(before);
}

// Helpers that lose their core for a while: what they have taken is waited for, and later jobs are done without them or
// with them, completely in any case.
TEST(ParallelFor, LateHelpers) {
    const int before = dl::get_thread_count();
    dl::set_thread_count(3);
    const std::thread::id caller = std::this_thread::get_id();
    for (int round = 0; round < 300; round++) {
        std::vector<std::atomic<int>> hits(24);
        dl::parallel_for(dl::RUNTIME_MODE_MULTI_CORE, 24, [&](int begin, int end) {
            if (std::this_thread::get_id() != caller && round % 5 == 0) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            for (int i = begin; i < end; i++) {
                hits[i]++;
            }
        });
        for (const std::atomic<int> &hit : hits) {
            ASSERT_EQ(hit.load(), 1);
        }
    }
    dl::set_thread_count(before);
}

// Short jobs one after the other, with other numbers of threads in between: a helper that comes late must not take part
// in a job that is over, nor miss one.
TEST(ParallelFor, ManyShortJobs) {
    const int before = dl::get_thread_count();
    std::vector<int> hits(300);
    for (int round = 0; round < 20000; round++) {
        const int units = 2 + round * 7 % 299;
        dl::set_thread_count(2 + round / 16 % 5);
        std::fill(hits.begin(), hits.end(), 0);
        dl::parallel_for(dl::RUNTIME_MODE_MULTI_CORE, units, [&hits](int begin, int end) {
            for (int i = begin; i < end; i++) {
                hits[i]++;
            }
        });
        for (int i = 0; i < (int)hits.size(); i++) {
            ASSERT_EQ(hits[i], i < units) << "unit " << i << " of " << units << " in round " << round;
        }
        if (round % 4000 == 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));  // helpers fall asleep
        }
    }
    dl::set_thread_count(before);
}

TEST(ParallelFor, SingleCoreStaysInTheCallersThread) {
    int calls = 0;
    const std::thread::id self = std::this_thread::get_id();
    dl::parallel_for(dl::RUNTIME_MODE_SINGLE_CORE, 100, [&](int begin, int end) {
        calls++;
        EXPECT_EQ(begin, 0);
        EXPECT_EQ(end, 100);
        EXPECT_EQ(std::this_thread::get_id(), self);
    });
    EXPECT_EQ(calls, 1);
}

}  // namespace
