// Which convolutions share what a kernel has prepared.
#include <functional>
#include <random>

#include "dl_base_conv.hpp"
#include "gtest/gtest.h"

namespace {

using namespace dl;
using namespace dl::base;

struct Prepared {
    ConvArgs args;
    BoundKernel<ConvArgs> kernel;
};

Prepared prepare(
    dtype_t dtype, bool depthwise, const std::function<void(ConvArgs &)> &change = [](ConvArgs &) {}) {
    Prepared conv;
    ConvArgs &args = conv.args;
    args.dtype = dtype;
    args.in_h = args.in_w = args.out_h = args.out_w = 6;
    args.in_c = args.out_c = args.in_pitch = args.out_pitch = 32;
    args.kernel_h = args.kernel_w = 3;
    args.pad_top = args.pad_left = 1;
    args.group = depthwise ? args.in_c : 1;
    args.shifts.assign(args.out_c, 9);
    args.bias.assign(args.out_c, 100);
    args.weights.resize(args.depth() * args.out_c * (dtype == DATA_TYPE_INT8 ? 1 : 2));
    std::mt19937 random(3);
    for (uint8_t &weight : args.weights) {
        weight = static_cast<uint8_t>(random());
    }
    change(args);
    conv.kernel = depthwise ? select_depthwise_conv(args) : select_conv(args);
    return conv;
}

class ConvSharing : public ::testing::TestWithParam<std::tuple<dtype_t, bool>> {
protected:
    Prepared prepare(const std::function<void(ConvArgs &)> &change = [](ConvArgs &) {}) {
        return ::prepare(std::get<0>(GetParam()), std::get<1>(GetParam()), change);
    }
};

TEST_P(ConvSharing, EqualOnesShare) {
    const Prepared first = prepare(), second = prepare();
    ASSERT_TRUE(first.kernel);
    if (!first.args.state) {
        GTEST_SKIP() << first.kernel.name << " prepares nothing";
    }
    EXPECT_EQ(first.args.state, second.args.state);
    EXPECT_EQ(first.args.state.use_count(), 2);
}

// What differs in a single weight, bias, shift or size is another one, also where the packed weights are the same.
TEST_P(ConvSharing, OthersDoNot) {
    const Prepared first = prepare();
    if (!first.args.state) {
        GTEST_SKIP() << first.kernel.name << " prepares nothing";
    }
    const std::function<void(ConvArgs &)> changes[] = {
        [](ConvArgs &args) { args.weights[77] ^= 1; },
        [](ConvArgs &args) { args.weights.back() ^= 128; },
        [](ConvArgs &args) { args.bias[31]++; },
        [](ConvArgs &args) { args.shifts[5]++; },
        [](ConvArgs &args) { args.in_h = args.out_h = 5; },
        [](ConvArgs &args) { args.in_w = args.out_w = 7; },
    };
    for (const auto &change : changes) {
        const Prepared other = prepare(change);
        EXPECT_NE(first.args.state, other.args.state) << "change " << &change - changes;
    }
    EXPECT_EQ(prepare().args.state, first.args.state);
}

// It goes with the last convolution that uses it.
TEST_P(ConvSharing, LivesAsLongAsItIsUsed) {
    const size_t before = conv_state_bytes();
    {
        const Prepared first = prepare();
        const size_t one = conv_state_bytes();
        EXPECT_EQ(one > before, first.args.state != nullptr);
        const Prepared second = prepare();
        EXPECT_EQ(conv_state_bytes(), one);
    }
    EXPECT_EQ(conv_state_bytes(), before);
}

// Most of those that were ever made are gone.
TEST_P(ConvSharing, ManyThatComeAndGo) {
    const Prepared first = prepare();
    const size_t one = conv_state_bytes();
    for (int i = 0; i < 400; i++) {
        prepare([i](ConvArgs &args) { args.bias[i % 32] += i; });
    }
    EXPECT_EQ(conv_state_bytes(), one);
    EXPECT_EQ(prepare().args.state, first.args.state);
}

INSTANTIATE_TEST_SUITE_P(Types, ConvSharing,
                         ::testing::Combine(::testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16), ::testing::Bool()));

}  // namespace
