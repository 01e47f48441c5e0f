// The kernels of all instruction sets of this build, also of those that this processor lacks: their names, their
// tables, and that they take tensors of the types in their names only. Where kernels run, name_has_type() is asked as
// well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "dl_base_add_rows.hpp"
#include "dl_base_conv.hpp"
#include "dl_base_copy.hpp"
#include "dl_base_elementwise.hpp"
#include "dl_base_gather.hpp"
#include "dl_base_matmul.hpp"
#include "dl_base_normalization.hpp"
#include "dl_base_pool.hpp"
#include "dl_base_reduce.hpp"
#include "dl_base_resize.hpp"
#include "dl_base_rnn.hpp"
#include "dl_base_softmax.hpp"
#include "dl_base_unary.hpp"
#include "dl_base_wing.hpp"
#include "op_test.hpp"

namespace {

using namespace dl::base;

bool is_name(const char *text) {
    return parse_kernel_name(text).isa >= 0;
}

TEST(Kernels, NamesHaveAGrammar) {
    for (const char *name : {"dl_reference_any_copy", "dl_avx2_s8_conv_4x16", "dl_neon_dotprod_s16_conv_2x16",
                             "dl_avx512vnni_x16_transpose_8x8", "dl_amx_s8_matmul_32x32", "dl_avx2_s8_lut2_16"}) {
        EXPECT_TRUE(is_name(name)) << name;
    }
    for (const char *name : {"",
                             "dl",
                             "dl_",
                             "dl_avx2",
                             "dl_avx2_",
                             "dl_avx2_s8",
                             "dl_avx2_s8_",
                             "avx2_s8_add_32",
                             "dl_sse2_s8_add_16",
                             "dl_avx2_add_32",
                             "dl_avx2_s9_add_32",
                             "dl_avx2_s8_32",
                             "dl_avx2_s8_add_",
                             "dl_avx2_s8_add_32_",
                             "dl_avx2_s8__add",
                             "dl_avx2_s8_add__32",
                             "dl_avx2_s8_Add_32",
                             "dl_avx2_s8_add_32x",
                             "dl_avx2_s8_add_32x16x8",
                             "dl_avx2_s8_add_32x_16",
                             "dl_avx2_s8_add_x16_",
                             "dl_avx2_s8_add_16_rows",
                             "dl_avx2_s8_add 32",
                             "dl_neon_s8_add_16",
                             "dl_avx2s8_add_32"}) {
        EXPECT_FALSE(is_name(name)) << name;
    }
    const KernelNameParts parts = parse_kernel_name("dl_neon_dotprod_s16_average_pool_8");
    EXPECT_EQ(parts.isa, ISA_NEON_DOTPROD);
    EXPECT_STREQ(KERNEL_TYPES[parts.type], "s16");
    EXPECT_EQ(std::string("dl_neon_dotprod_s16_average_pool_8").substr(parts.operation, parts.operation_length),
              "average_pool");
    EXPECT_EQ(parts.tile_length, 1u);
}

TEST(Kernels, NamesOfInstructionSetsAreThoseTheEnvironmentTakes) {
    for (int isa = 0; isa < ISA_MAX; isa++) {
        isa_t found;
        ASSERT_TRUE(isa_from_name(ISA_NAMES[isa], &found));
        EXPECT_EQ(found, isa);
    }
}

/** Look at the names of a wing's table. @param operations what its kernels may be called, apart from wing and type */
template <typename Args>
void check_table(const Wing &wing, const KernelTable<Args> *table, const std::set<std::string> &operations,
                 std::set<std::string> &names) {
    if (!table) {
        return;
    }
    EXPECT_GT(table->count, 0u);
    for (size_t i = 0; i < table->count; i++) {
        const std::string name = static_cast<const char *>(table->rows[i].name);
        const KernelNameParts parts = parse_kernel_name(name.c_str());
        EXPECT_EQ(parts.isa, wing.isa) << name;
        EXPECT_THAT(operations, testing::Contains(name.substr(parts.operation, parts.operation_length))) << name;
        EXPECT_GT(parts.tile_length, 0u) << name << " does not say how much it computes at once";
        EXPECT_TRUE(names.insert(name).second) << name << " is the name of two kernels";
        EXPECT_NE(table->rows[i].run_half_up, nullptr) << name;
        EXPECT_NE(table->rows[i].run_half_even, nullptr) << name;
    }
}

TEST(Kernels, NamesAreThoseOfTheirTables) {
    std::set<std::string> names;
    for (size_t i = 0; i < WING_COUNT; i++) {
        const Wing &wing = *WINGS[i];
        SCOPED_TRACE(isa_name(wing.isa));
        check_table(wing, wing.add_rows, {"add_rows"}, names);
        check_table(wing, wing.average_pool, {"average_pool"}, names);
        check_table(wing, wing.conv, {"conv"}, names);
        check_table(wing, wing.copy, {"copy", "transpose"}, names);
        check_table(wing, wing.depthwise_conv, {"depthwise_conv"}, names);
        check_table(wing, wing.elementwise, {"add", "mul", "elementwise"}, names);
        check_table(wing, wing.gather, {"gather"}, names);
        check_table(wing, wing.gru, {"gru"}, names);
        check_table(wing, wing.lstm, {"lstm"}, names);
        check_table(wing, wing.matmul, {"matmul"}, names);
        check_table(wing, wing.max_pool, {"max_pool"}, names);
        check_table(wing, wing.normalization, {"normalization"}, names);
        check_table(wing, wing.pad, {"pad"}, names);
        check_table(wing, wing.reduce, {"reduce", "reduce_row", "reduce_extreme"}, names);
        check_table(wing, wing.resize, {"resize_linear", "resize_nearest"}, names);
        check_table(wing, wing.softmax, {"softmax", "softmax_column"}, names);
        check_table(wing, wing.unary, {"lut", "requantize", "unary"}, names);
    }
    EXPECT_EQ(names.empty(), WING_COUNT == 0);
}

/** The kernels of an operation take tensors of the types in their names, and of no others. @param samples arguments of
 * which each kernel takes at least one, if they are of its type */
template <typename Args>
void expect_types(const KernelTable<Args> *Wing::*operation, const std::vector<Args> &samples,
                  const std::function<void(Args &, dl::dtype_t)> &set_type) {
    constexpr dl::dtype_t TYPES[] = {dl::DATA_TYPE_INT8, dl::DATA_TYPE_INT16, dl::DATA_TYPE_FLOAT};
    for (size_t i = 0; i < WING_COUNT; i++) {
        const KernelTable<Args> *table = WINGS[i]->*operation;
        for (size_t row = 0; table && row < table->count; row++) {
            const Kernel<Args> &kernel = table->rows[row];
            const std::string name = static_cast<const char *>(kernel.name);
            for (const dl::dtype_t type : TYPES) {
                bool takes = false;
                for (Args args : samples) {
                    set_type(args, type);
                    takes = takes || !kernel.supports || kernel.supports(args);
                }
                EXPECT_EQ(takes, static_cast<bool>(op_test::name_has_type(name, type)))
                    << name << (takes ? " takes " : " does not take ") << dl::tool::dtype_to_string(type);
            }
        }
    }
}

TEST(Kernels, TakeTheTypesInTheirNamesOfConvolutions) {
    const auto set_type = [](auto &args, dl::dtype_t type) { args.dtype = type; };
    ConvArgs dense;
    dense.in_h = dense.in_w = dense.out_h = dense.out_w = 8;
    dense.in_c = dense.out_c = 32;
    dense.shifts.assign(32, 10);
    dense.bias.assign(32, 0);
    expect_types<ConvArgs>(&Wing::conv, {dense}, set_type);
    ConvArgs depthwise = dense;
    depthwise.group = 32;
    depthwise.kernel_h = depthwise.kernel_w = 3;
    depthwise.pad_top = depthwise.pad_left = 1;
    expect_types<ConvArgs>(&Wing::depthwise_conv, {depthwise}, set_type);
    expect_types<AddRowsArgs>(&Wing::add_rows, {AddRowsArgs()}, set_type);
}

TEST(Kernels, TakeTheTypesInTheirNamesOfProducts) {
    for (size_t i = 0; i < WING_COUNT; i++) {
        const KernelTable<MatmulArgs> *table = WINGS[i]->matmul;
        for (size_t row = 0; table && row < table->count; row++) {
            const std::string name = static_cast<const char *>(table->rows[row].name);
            for (const dl::dtype_t type : {dl::DATA_TYPE_INT8, dl::DATA_TYPE_INT16, dl::DATA_TYPE_FLOAT}) {
                MatmulArgs args;
                args.dtype = type;
                args.m = args.n = args.k = 32;
                args.a_batch = args.b_batch = {0};
                args.shift = 10;
                EXPECT_EQ(table->rows[row].supports(args), static_cast<bool>(op_test::name_has_type(name, type)))
                    << name;
            }
        }
    }
}

TEST(Kernels, TakeTheTypesInTheirNamesOfWindows) {
    const auto set_type = [](auto &args, dl::dtype_t type) { args.types.src_dtype = args.types.dst_dtype = type; };
    PoolArgs pool;
    pool.c = 64;
    pool.kernel_h = pool.kernel_w = 2;
    expect_types<PoolArgs>(&Wing::max_pool, {pool}, set_type);
    expect_types<PoolArgs>(&Wing::average_pool, {pool}, set_type);
    ResizeArgs nearest, linear;
    nearest.c = 3;
    linear.c = 64;
    linear.is_linear = true;
    expect_types<ResizeArgs>(&Wing::resize, {nearest, linear}, set_type);
    expect_types<GatherArgs>(&Wing::gather, {GatherArgs()}, set_type);
    expect_types<PadArgs>(&Wing::pad, {PadArgs()}, set_type);
    CopyArgs rows, transposition;
    rows.loops = {{8, 100, 200}, {16, 1, 1}};
    transposition.loops = {{32, 1, 32}, {32, 32, 1}};
    expect_types<CopyArgs>(&Wing::copy, {rows, transposition}, set_type);
    SoftmaxArgs softmax;
    softmax.length = 16384;
    softmax.units = 1;
    SoftmaxArgs columns = softmax;
    columns.inner = columns.units = 64;
    expect_types<SoftmaxArgs>(&Wing::softmax, {softmax, columns}, set_type);
    NormArgs norm;
    norm.length = 64;
    expect_types<NormArgs>(&Wing::normalization, {norm}, set_type);
}

TEST(Kernels, TakeTheTypesInTheirNamesOfReductions) {
    std::vector<ReduceArgs> samples;
    for (reduce_t op : {REDUCE_SUM, REDUCE_MAX}) {
        for (bool last : {false, true}) {
            ReduceArgs args;
            args.op = op;
            set_reduce_axes(args, {64, 64}, {!last, last});
            samples.push_back(args);
        }
    }
    expect_types<ReduceArgs>(&Wing::reduce, samples,
                             [](ReduceArgs &args, dl::dtype_t type) { args.in_type = args.out_type = type; });
}

TEST(Kernels, TakeTheTypesInTheirNamesOfElements) {
    std::vector<UnaryArgs> unary(3);
    for (size_t i = 0; i < unary.size(); i++) {
        unary[i].op = std::array{UNARY_IDENTITY, UNARY_RELU, UNARY_SIGMOID}[i];
        unary[i].size = 65536;
    }
    expect_types<UnaryArgs>(&Wing::unary, unary,
                            [](UnaryArgs &args, dl::dtype_t type) { args.in_type = args.out_type = type; });
    std::vector<ElementwiseArgs> elementwise(3);
    for (size_t i = 0; i < elementwise.size(); i++) {
        elementwise[i].op = std::array{ELEMENTWISE_ADD, ELEMENTWISE_MUL, ELEMENTWISE_MAX}[i];
        elementwise[i].in.resize(2);
    }
    expect_types<ElementwiseArgs>(&Wing::elementwise, elementwise, [](ElementwiseArgs &args, dl::dtype_t type) {
        args.in[0].dtype = args.in[1].dtype = args.out.dtype = type;
    });
}

}  // namespace
