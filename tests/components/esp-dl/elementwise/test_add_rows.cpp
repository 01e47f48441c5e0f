// Rows added to rows: every kernel against plain arithmetic, with gaps, at odd addresses, with extreme values.
#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "dl_base_add_rows.hpp"
#include "op_test.hpp"

namespace {

using namespace op_test;

template <typename T>
void compare(Random &random, std::set<std::string> &ran) {
    const int columns = random.chance(0.2) ? random.pick({16, 32}) : random.integer(1, 140);
    const int out_pitch = columns + (random.chance(0.6) ? random.integer(1, 40) : 0);
    const int add_pitch = columns + (random.chance(0.6) ? random.integer(1, 40) : 0);
    const int rows = random.integer(1, 9), begin = random.integer(0, rows - 1);
    const auto fill = [&](size_t count) {
        std::vector<T> values(count);
        for (T &value : values) {
            value = random.chance(0.3) ? random.pick({std::numeric_limits<T>::min(), std::numeric_limits<T>::max()})
                                       : (T)random.integer(-40000, 40000);
        }
        return values;
    };
    const int odd = random.integer(0, 7);
    const std::vector<T> add = fill((size_t)rows * add_pitch + odd), before = fill((size_t)rows * out_pitch + odd);
    std::vector<T> expected = before;
    for (int row = begin; row < rows; row++) {
        for (int i = 0; i < columns; i++) {
            T &out = expected[(size_t)row * out_pitch + odd + i];
            const int sum = out + add[(size_t)row * add_pitch + odd + i];
            out = (T)std::clamp<int>(sum, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
        }
    }
    for_each_isa([&] {
        std::vector<T> out = before;
        dl::base::AddRowsArgs args;
        args.dtype = sizeof(T) == 1 ? dl::DATA_TYPE_INT8 : dl::DATA_TYPE_INT16;
        args.out = out.data() + odd;
        args.add = add.data() + odd;
        args.columns = columns;
        args.out_pitch = out_pitch;
        args.add_pitch = add_pitch;
        const auto kernel = dl::base::select_add_rows(args);
        kernel.run(args, begin, rows);
        ran.insert(kernel.name);
        EXPECT_TRUE(op_test::name_has_type(kernel.name, args.dtype));
        EXPECT_EQ(out, expected) << kernel.name << ", " << columns << " columns, pitches " << out_pitch << " and "
                                 << add_pitch;
    });
}

TEST(AddRows, KernelsAgreeBitForBit) {
    std::set<std::string> ran;
    for_each_case([&](Random &random) { compare<int8_t>(random, ran); }, 2000);
    for_each_case([&](Random &random) { compare<int16_t>(random, ran); }, 2000);
    if (dl::base::isa_level() != dl::base::ISA_REFERENCE) {
        EXPECT_GE(ran.size(), 2u) << testing::PrintToString(ran);
    }
}

}  // namespace
