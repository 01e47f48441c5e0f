// Threads that prepare and drop equal states of convolutions at the same time.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "dl_base_conv.hpp"
#include "gtest/gtest.h"

namespace {

using dl::base::ConvState;

/** A state that is only a number. Some of those that differ have the same hash. */
class Number : public ConvState {
public:
    explicit Number(int value) : m_value(value) { s_alive++; }
    ~Number() override { s_alive--; }
    dl::base::ConvRegion region(const dl::base::ConvArgs &, int) const override { return {}; }
    int units_of_input() const override { return 1; }
    bool equals(const ConvState &other) const override {
        return other.kind() == kind() && static_cast<const Number &>(other).m_value == m_value;
    }
    uint64_t hash() const override { return static_cast<uint64_t>(m_value / 2); }
    size_t memory() const override { return 1; }
    const void *kind() const override { return &s_kind; }

    int value() const { return m_value; }
    static int alive() { return s_alive; }

private:
    static constexpr char s_kind = 0;
    static inline std::atomic<int> s_alive{0};
    int m_value;
};

TEST(Sharing, ThreadsThatComeAndGo) {
    constexpr int numbers = 20;
    const size_t before = dl::base::conv_state_bytes();
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; thread++) {
        threads.emplace_back([&wrong, thread] {
            std::vector<std::shared_ptr<ConvState>> mine(numbers);
            for (int round = 0; round < 2000; round++) {
                const int value = (round * 7 + thread) % numbers;
                std::shared_ptr<ConvState> &state = mine[value];
                if (state && round % 3 == 0) {
                    state.reset();
                    continue;
                }
                const std::shared_ptr<ConvState> had = state;
                state = dl::base::share_conv_state(std::make_shared<Number>(value));
                wrong += static_cast<const Number &>(*state).value() != value;
                // One that is in use is not made a second time.
                wrong += had && had != state;
                if (round % 100 == 0) {
                    wrong += dl::base::conv_state_bytes() == 0;
                }
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(Number::alive(), 0);
    EXPECT_EQ(dl::base::conv_state_bytes(), before);
}

}  // namespace
