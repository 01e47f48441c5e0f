// Tables that equal operations share, and threads that make and drop them at the same time.
#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "dl_base_shared_tables.hpp"
#include "dl_base_softmax.hpp"
#include "dl_base_unary.hpp"
#include "gtest/gtest.h"

namespace {

using namespace dl;
using namespace dl::base;

/** Is there an instruction set whose kernels have tables of all int16? */
bool has_vector_kernels() {
    return isa_level() > ISA_REFERENCE;
}

/** A prepared Softmax of int16 that is worth a table. */
SoftmaxArgs softmax_of(int exponent, bool is_log = false) {
    SoftmaxArgs args;
    args.length = 64;
    args.units = 64;
    args.is_log = is_log;
    args.types.src_dtype = args.types.dst_dtype = DATA_TYPE_INT16;
    args.types.src_exponent = exponent;
    args.types.dst_exponent = -15;
    EXPECT_TRUE(select_softmax(args));
    return args;
}

/** A prepared look-up of int16 in a file's table. */
UnaryArgs look_up_in(const std::vector<int16_t> &table) {
    UnaryArgs args;
    args.op = UNARY_LUT;
    args.in_type = args.out_type = DATA_TYPE_INT16;
    args.size = 1000;
    args.table16 = table.data();
    args.table16_step = table.size() == 65536 ? 1 : 65536 / static_cast<int>(table.size() - 1);
    EXPECT_TRUE(select_unary(args));
    return args;
}

TEST(SharedTables, LiveAsLongAsSomebodyHasThem) {
    SharedTables<int, float> tables;
    int made = 0;
    const auto get = [&](int key) {
        return tables.get(key, [&] {
            made++;
            return std::shared_ptr<float[]>(new float[1]{static_cast<float>(key)});
        });
    };
    std::shared_ptr<const float[]> one = get(1), again = get(1);
    const std::shared_ptr<const float[]> two = get(2);
    EXPECT_EQ(one, again);
    EXPECT_EQ(one[0], 1);
    EXPECT_EQ(two[0], 2);
    EXPECT_EQ(made, 2);
    const std::weak_ptr<const float[]> watched = one;
    one.reset();
    EXPECT_EQ(get(1), again);
    again.reset();
    EXPECT_TRUE(watched.expired());
    get(1);
    EXPECT_EQ(made, 3);
}

TEST(SharedTables, SoftmaxOfEqualExponents) {
    if (!has_vector_kernels()) {
        GTEST_SKIP() << "the reference kernel of int16 has no table";
    }
    const SoftmaxArgs one = softmax_of(-11);
    ASSERT_TRUE(one.exp_table);
    EXPECT_EQ(softmax_of(-11).exp_table, one.exp_table);
    // At -9 the maximum is subtracted, as LogSoftmax always does.
    EXPECT_NE(softmax_of(-11, true).exp_table, one.exp_table);
    EXPECT_NE(softmax_of(-12).exp_table, one.exp_table);
    EXPECT_EQ(softmax_of(-9, true).exp_table, softmax_of(-9).exp_table);
    // int8 has 256 exponentials, even at the same exponent.
    SoftmaxArgs bytes;
    bytes.length = bytes.units = 64;
    bytes.types.src_dtype = bytes.types.dst_dtype = DATA_TYPE_INT8;
    bytes.types.src_exponent = -9;
    bytes.types.dst_exponent = -7;
    ASSERT_TRUE(select_softmax(bytes));
    EXPECT_NE(bytes.exp_table, softmax_of(-9).exp_table);
}

TEST(SharedTables, LookUpsInEqualTablesOfFiles) {
    if (!has_vector_kernels()) {
        GTEST_SKIP() << "the reference kernel of int16 computes no table";
    }
    std::vector<int16_t> table(2049);
    for (size_t i = 0; i < table.size(); i++) {
        table[i] = static_cast<int16_t>(i * i);
    }
    std::vector<int16_t> copy = table;
    const UnaryArgs one = look_up_in(table);
    ASSERT_TRUE(one.all16);
    EXPECT_EQ(look_up_in(copy).all16, one.all16);
    copy.back()++;
    EXPECT_NE(look_up_in(copy).all16, one.all16);
    // A table of all numbers is read where it is.
    const std::vector<int16_t> all(65536, 7);
    EXPECT_EQ(look_up_in(all).all16.get(), all.data());
}

TEST(SharedTables, ThreadsThatComeAndGo) {
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; thread++) {
        threads.emplace_back([&wrong, thread] {
            std::vector<SoftmaxArgs> softmax(3);
            std::vector<int16_t> table(17);
            for (int round = 0; round < 30; round++) {
                const int number = (round + thread) % 3;
                const std::shared_ptr<const float[]> had = softmax[number].exp_table;
                softmax[number] = softmax_of(-7 - number);
                wrong += had && softmax[number].exp_table != had;
                if (softmax[number].exp_table) {
                    wrong += softmax[number].exp_table[0] != 1;
                }
                if (round % 4 == 0) {
                    softmax[number] = {};
                }
                table[3] = static_cast<int16_t>(number);
                const UnaryArgs look_up = look_up_in(table);
                wrong += look_up.all16 && look_up.all16[3 * 4096] != number;
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
}

}  // namespace
