#include <cstdint>
#include <memory>
#include <vector>

#include "dl_tensor_base.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

using dl::TensorBase;
using testing::ElementsAre;
using testing::ElementsAreArray;

template <typename T>
std::vector<T> values(TensorBase &tensor) {
    const T *data = tensor.get_element_ptr<T>();
    return std::vector<T>(data, data + tensor.size);
}

class Tensor : public testing::Test {
protected:
    void SetUp() override { m_target = dl::target(); }
    void TearDown() override { dl::set_target(m_target); }
    dl::target_t m_target;
};

TEST_F(Tensor, ExponentInfo) {
    dl::ExponentInfo one(-7);
    EXPECT_EQ((int)one, -7);
    EXPECT_FALSE(one.is_per_channel());
    EXPECT_EQ(one.get(3), -7);
    dl::ExponentInfo many(std::vector<int>{-3, -4, -5});
    EXPECT_TRUE(many.is_per_channel());
    EXPECT_EQ(many.channel_size(), 3);
    EXPECT_EQ(many.get(1), -4);
    EXPECT_EQ(many.get(9), -3);
    dl::ExponentInfo copy = many;
    EXPECT_TRUE(copy == many);
    dl::ExponentInfo moved = std::move(copy);
    EXPECT_TRUE(moved == many);
    moved = -1;
    EXPECT_TRUE(moved != many);
    EXPECT_FALSE(moved.is_per_channel());
    moved = many;
    moved = static_cast<dl::ExponentInfo &>(moved);
    EXPECT_EQ(moved.get(2), -5);
}

TEST_F(Tensor, OwnsAlignedZeroedMemory) {
    TensorBase tensor({1, 3, 5}, nullptr, -4, dl::DATA_TYPE_INT8);
    ASSERT_NE(tensor.data, nullptr);
    EXPECT_EQ((uintptr_t)tensor.data % 16, 0u);
    EXPECT_EQ(tensor.get_size(), 15);
    EXPECT_EQ(tensor.get_bytes(), 15);
    EXPECT_EQ(tensor.get_aligned_bytes(), 16);
    EXPECT_THAT(tensor.axis_offset, ElementsAre(15, 5, 1));
    EXPECT_THAT(values<int8_t>(tensor), ElementsAreArray(std::vector<int8_t>(15, 0)));
    EXPECT_STREQ(tensor.get_dtype_string(), "int8");
}

TEST_F(Tensor, RefusesWhatIsNoShape) {
    TensorBase negative({2, -1}, nullptr, 0, dl::DATA_TYPE_INT8);
    EXPECT_EQ(negative.size, 0);
    TensorBase huge({65536, 65536}, nullptr, 0, dl::DATA_TYPE_INT8);
    EXPECT_EQ(huge.size, 0);
}

TEST_F(Tensor, AssignQuantizesByTheTarget) {
    const float input[] = {0.5f, 1.5f, -0.5f, 200.0f};
    TensorBase from({4}, input, 0, dl::DATA_TYPE_FLOAT);
    TensorBase to({2, 2}, nullptr, 0, dl::DATA_TYPE_INT8);
    dl::set_target(dl::TARGET_ESP32P4);
    ASSERT_TRUE(to.assign(&from));
    EXPECT_THAT(values<int8_t>(to), ElementsAre(0, 2, 0, 127));
    dl::set_target(dl::TARGET_ESP32S3);
    ASSERT_TRUE(to.assign(&from));
    EXPECT_THAT(values<int8_t>(to), ElementsAre(1, 2, 0, 127));

    TensorBase back({4}, nullptr, 0, dl::DATA_TYPE_FLOAT);
    TensorBase q({4}, std::vector<int8_t>{1, -2, 3, -4}.data(), -1, dl::DATA_TYPE_INT8);
    ASSERT_TRUE(back.assign(&q));
    EXPECT_THAT(values<float>(back), ElementsAre(0.5f, -1.0f, 1.5f, -2.0f));

    TensorBase wide({4}, nullptr, -3, dl::DATA_TYPE_INT16);
    ASSERT_TRUE(wide.assign(&q));
    EXPECT_THAT(values<int16_t>(wide), ElementsAre(4, -8, 12, -16));

    TensorBase other_size({3}, nullptr, 0, dl::DATA_TYPE_INT8);
    EXPECT_FALSE(other_size.assign(&q));
    EXPECT_FALSE(other_size.assign(nullptr));
}

TEST_F(Tensor, PlaceOfAnElement) {
    TensorBase tensor({2, 3, 4}, nullptr, 0, dl::DATA_TYPE_INT8);
    EXPECT_EQ(tensor.get_axis_index(0), (std::vector<int>{0, 0, 0}));
    EXPECT_EQ(tensor.get_axis_index(23), (std::vector<int>{1, 2, 3}));
    EXPECT_EQ(dl::shape_to_string(tensor.get_axis_index(17)), "[1, 1, 1]");
}

TEST_F(Tensor, Reshape) {
    TensorBase tensor({2, 6}, nullptr, 0, dl::DATA_TYPE_INT16);
    EXPECT_THAT(tensor.reshape({3, -1})->shape, ElementsAre(3, 4));
    EXPECT_THAT(tensor.axis_offset, ElementsAre(4, 1));
    EXPECT_THAT(tensor.reshape({5, -1})->shape, ElementsAre(3, 4));
    EXPECT_THAT(tensor.reshape({-1, -1})->shape, ElementsAre(3, 4));
}

TEST_F(Tensor, TransposeAndFlip) {
    TensorBase from({2, 3}, std::vector<int8_t>{0, 1, 2, 3, 4, 5}.data(), 0, dl::DATA_TYPE_INT8);
    TensorBase to({3, 2}, nullptr, 0, dl::DATA_TYPE_INT8);
    to.transpose(&from);
    EXPECT_THAT(to.shape, ElementsAre(3, 2));
    EXPECT_THAT(values<int8_t>(to), ElementsAre(0, 3, 1, 4, 2, 5));
    to.transpose(&from, {-2, -1});
    EXPECT_THAT(to.shape, ElementsAre(2, 3));
    EXPECT_THAT(values<int8_t>(to), ElementsAre(0, 1, 2, 3, 4, 5));
    from.flip<int8_t>({0, -1});
    EXPECT_THAT(values<int8_t>(from), ElementsAre(5, 4, 3, 2, 1, 0));
    from.transpose(&from);  // over itself: refused
    EXPECT_THAT(values<int8_t>(from), ElementsAre(5, 4, 3, 2, 1, 0));
}

TEST_F(Tensor, Slice) {
    TensorBase from({2, 4}, std::vector<int8_t>{0, 1, 2, 3, 4, 5, 6, 7}.data(), 0, dl::DATA_TYPE_INT8);
    std::unique_ptr<TensorBase> a(from.slice({0, 1}, {2, 3}));
    ASSERT_TRUE(a);
    EXPECT_THAT(a->shape, ElementsAre(2, 2));
    EXPECT_THAT(values<int8_t>(*a), ElementsAre(1, 2, 5, 6));
    std::unique_ptr<TensorBase> b(from.slice({-1}, {-100}, {1}, {-2}));
    ASSERT_TRUE(b);
    EXPECT_THAT(values<int8_t>(*b), ElementsAre(3, 1, 7, 5));
    EXPECT_EQ(from.slice({0}, {1}, {2}), nullptr);
    EXPECT_EQ(from.slice({0}, {1}, {0}, {0}), nullptr);
}

TEST_F(Tensor, Pad) {
    TensorBase from({2, 3}, std::vector<int8_t>{1, 2, 3, 4, 5, 6}.data(), 0, dl::DATA_TYPE_INT8);
    TensorBase to({2, 6}, nullptr, 0, dl::DATA_TYPE_INT8);
    to.pad(&from, {0, 1, 0, 2}, dl::PADDING_CONSTANT);
    EXPECT_THAT(values<int8_t>(to), ElementsAre(0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0));
    to.pad(&from, {0, 1, 0, 2}, dl::PADDING_EDGE);
    EXPECT_THAT(values<int8_t>(to), ElementsAre(1, 1, 2, 3, 3, 3, 4, 4, 5, 6, 6, 6));
    to.pad(&from, {0, 1, 0, 2}, dl::PADDING_REFLECT);
    EXPECT_THAT(values<int8_t>(to), ElementsAre(2, 1, 2, 3, 2, 1, 5, 4, 5, 6, 5, 4));
}

TEST_F(Tensor, EqualAndElements) {
    TensorBase a({2, 2}, std::vector<int8_t>{1, 2, 3, 4}.data(), -1, dl::DATA_TYPE_INT8);
    TensorBase b({2, 2}, std::vector<int8_t>{1, 2, 3, 5}.data(), -1, dl::DATA_TYPE_INT8);
    EXPECT_FALSE(a.equal(&b));
    EXPECT_TRUE(a.equal(&b, 1));
    EXPECT_FALSE(a.equal(nullptr));
    EXPECT_EQ(a.get_element<int8_t>({1, 1}), 4);
    EXPECT_EQ(a.get_element<int8_t>({1, 2}), 0);
    EXPECT_EQ(a.get_element<int8_t>(99), 0);
    EXPECT_EQ(a.get_element_index({1, 0}), 2);
    EXPECT_THAT(a.get_element_coordinates(3), ElementsAre(1, 1));
}

TEST_F(Tensor, PushShiftsTheWindow) {
    TensorBase window({1, 4, 2}, std::vector<int8_t>{0, 0, 1, 1, 2, 2, 3, 3}.data(), 0, dl::DATA_TYPE_INT8);
    TensorBase frame({1, 1, 2}, std::vector<int8_t>{9, 8}.data(), 0, dl::DATA_TYPE_INT8);
    window.push(&frame, 1);
    EXPECT_THAT(values<int8_t>(window), ElementsAre(1, 1, 2, 2, 3, 3, 9, 8));
    window.push(&frame, 5);
    EXPECT_THAT(values<int8_t>(window), ElementsAre(1, 1, 2, 2, 3, 3, 9, 8));
}

TEST_F(Tensor, PreloadReadsTheCopy) {
    TensorBase tensor({4}, std::vector<int8_t>{1, 2, 3, 4}.data(), 0, dl::DATA_TYPE_INT8);
    alignas(16) int8_t memory[16];
    EXPECT_EQ(tensor.set_preload_addr(memory, 8), 0u);
    EXPECT_EQ(tensor.set_preload_addr(memory, 16), 16u);
    tensor.preload();
    EXPECT_EQ(tensor.get_element_ptr(), memory);
    EXPECT_EQ(memory[3], 4);
}

}  // namespace
