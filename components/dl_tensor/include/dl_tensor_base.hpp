/**
 * @file dl_tensor_base.hpp
 * dl::TensorBase: a shaped, typed, power-of-two quantized block of memory.
 */
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "dl_define.hpp"
#include "dl_rounding.hpp"
#include "dl_tool.hpp"
#include "esp_heap_caps.h"

namespace dl {

/** "Linear", "ReLU", ... */
const char *activation_type_to_string(activation_type_t type);
/** "float32", "symm 8bit", ... */
const char *quant_type_to_string(quant_type_t type);

/** "[1, 224, 224, 3]"; floats with six digits behind the point. */
template <typename T>
std::string vector_to_string(std::vector<T> shape) {
    static_assert(std::is_arithmetic_v<T>, "numbers are printed");
    std::string text = "[";
    for (size_t i = 0; i < shape.size(); i++) {
        text += (i ? ", " : "") + std::to_string(shape[i]);
    }
    return text + "]";
}

/**
 * Exponent of a tensor: one for all (no heap memory), or one per channel. Converts to int, so that
 * DL_SCALE(tensor->exponent) works for both.
 */
class ExponentInfo {
public:
    ExponentInfo(int exponent = 0) : m_exponent(exponent) {}
    /** One value or none: per tensor. More: per channel. */
    ExponentInfo(const std::vector<int> &exponents);
    ~ExponentInfo() { delete[] m_exponents; }
    ExponentInfo(const ExponentInfo &other);
    ExponentInfo &operator=(const ExponentInfo &other);
    ExponentInfo(ExponentInfo &&other) noexcept;
    ExponentInfo &operator=(ExponentInfo &&other) noexcept;
    ExponentInfo &operator=(int value);

    /** @param ch channel; -1: the per-tensor value. A channel outside the range gives the per-tensor value. */
    int get(int ch = -1) const { return (m_exponents && ch >= 0 && ch < m_size) ? m_exponents[ch] : m_exponent; }
    operator int() const { return m_exponent; }
    bool is_per_channel() const { return m_exponents != nullptr; }
    /** Channels, or 1 for per tensor. */
    int channel_size() const { return m_exponents ? m_size : 1; }
    const int *data() const { return m_exponents ? m_exponents : &m_exponent; }
    bool operator==(const ExponentInfo &other) const;
    bool operator!=(const ExponentInfo &other) const { return !(*this == other); }

private:
    int m_exponent = 0;
    int m_size = 0;
    int *m_exponents = nullptr;
};

/**
 * A tensor. Its data starts 16-byte aligned and its memory is a multiple of 16 bytes when it owns it. Layout is
 * row-major in the order of `shape`.
 */
class TensorBase {
public:
    int size;                      ///< elements, without padding
    std::vector<int> shape;        ///< dimensions; {} is a scalar of one element
    dtype_t dtype;                 ///< element type
    ExponentInfo exponent;         ///< value = q * 2^exponent
    bool auto_free;                ///< free `data` with the object
    std::vector<int> axis_offset;  ///< elements between neighbours along each axis
    void *data;                    ///< elements
    void *cache;                   ///< preloaded elements, not owned; nullptr: none
    uint32_t caps;                 ///< MALLOC_CAP_* of the memory

    /**
     * @param element data, or nullptr. deep: memory is taken from the heap and filled from it (zero if nullptr); not
     * deep: used as it is. A failed allocation leaves data == nullptr and logs.
     */
    TensorBase(std::vector<int> shape, const void *element, int exponent = 0, dtype_t dtype = DATA_TYPE_FLOAT,
               bool deep = true, uint32_t caps = MALLOC_CAP_DEFAULT);
    TensorBase(std::vector<int> shape, const void *element, const std::vector<int> &exponents,
               dtype_t dtype = DATA_TYPE_FLOAT, bool deep = true, uint32_t caps = MALLOC_CAP_DEFAULT);
    virtual ~TensorBase();
    TensorBase(const TensorBase &) = delete;
    TensorBase &operator=(const TensorBase &) = delete;

    /**
     * Take over the other tensor's values, converting type and exponent (float to int8/int16 quantizes by the target's
     * rule, and back). Shapes must hold equally many elements.
     * @return false, with a log line, where that is impossible
     */
    bool assign(TensorBase *tensor);
    bool assign(std::vector<int> shape, const void *element, int exponent, dtype_t dtype);

    int get_size() const { return size; }
    /** Elements of the memory: size rounded up to 16 bytes. */
    int get_aligned_size() const;
    size_t get_dtype_bytes() const { return tool::dtype_size(dtype); }
    const char *get_dtype_string() const { return tool::dtype_to_string(dtype); }
    int get_bytes() const { return size * static_cast<int>(get_dtype_bytes()); }
    int get_aligned_bytes() const { return (get_bytes() + 15) & ~15; }

    virtual void *get_element_ptr() { return cache ? cache : data; }
    template <typename T>
    T *get_element_ptr() {
        return static_cast<T *>(cache ? cache : data);
    }
    /** Use this memory (not owned); what was owned is freed. */
    TensorBase &set_element_ptr(void *data);

    std::vector<int> get_shape() const { return shape; }
    TensorBase &set_shape(const std::vector<int> shape);
    int get_exponent() const { return exponent; }
    dtype_t get_dtype() const { return dtype; }
    uint32_t get_caps() const { return caps; }

    /** New shape over the same elements; one dimension may be -1. Refused (log, unchanged) if the sizes differ. */
    TensorBase *reshape(std::vector<int> shape);
    /** Reverse the order of the elements along the axes, in place. */
    template <typename T>
    TensorBase *flip(const std::vector<int> &axes);
    /** Become the input with its axes permuted; {} reverses them. This tensor's shape is set, its memory must be large
     * enough. */
    TensorBase *transpose(TensorBase *input, std::vector<int> perm = {});
    template <typename T>
    TensorBase *transpose(T *input_element, std::vector<int> &input_shape, std::vector<int> &input_axis_offset,
                          std::vector<int> &perm);

    bool is_same_shape(TensorBase *tensor) const;
    /** Same shape, type and exponent, and no two elements further apart than epsilon. @param verbose log the first
     * differences */
    bool equal(TensorBase *tensor, float epsilon = 1e-6, bool verbose = false);
    template <typename T>
    bool compare_elements(const T *gt_elements, float epsilon = 1e-6, bool verbose = false);

    /** A new tensor (the caller's) with the slice; negative indices count from the end, as in ONNX. nullptr on bad
     * arguments. */
    TensorBase *slice(const std::vector<int> &start, const std::vector<int> &end, const std::vector<int> &axes = {},
                      const std::vector<int> &step = {});
    static void slice(TensorBase *input, TensorBase *output, const std::vector<int> &start, const std::vector<int> &end,
                      const std::vector<int> &axes = {}, const std::vector<int> &step = {});

    /** Become the input padded. pads = [x1_begin, x2_begin, ..., x1_end, x2_end, ...]. Constant (value or 0), reflect,
     * edge. */
    template <typename T>
    TensorBase *pad(T *input_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
                    const padding_mode_t mode, TensorBase *const_value = nullptr);
    TensorBase *pad(TensorBase *input, const std::vector<int> &pads, const padding_mode_t mode,
                    TensorBase *const_value = nullptr);

    /** Flat index of coordinates; -1 outside the shape. */
    int get_element_index(const std::vector<int> &axis_index) const;
    std::vector<int> get_element_coordinates(int index) const;
    /** Element by index or coordinates; T() outside the tensor. */
    template <typename T>
    T get_element(int index);
    template <typename T>
    T get_element(const std::vector<int> &axis_index);

    /** Set every byte. */
    void memset(int value);
    /** Fill with random bytes (esp_fill_random). */
    void rand();

    /** Give the tensor `size` bytes at addr for its preloaded copy. @return bytes taken: 0 if they do not suffice */
    size_t set_preload_addr(void *addr, size_t size);
    virtual void preload();
    /** On a chip this reorders a bias for its vector unit. The host kernels read the file's order, so nothing changes.
     */
    void reset_bias_layout(quant_type_t op_quant_type, bool is_depthwise);
    /** Shift along axis `dim` towards the front and append new_tensor, whose length there must not exceed this one's.
     */
    void push(TensorBase *new_tensor, int dim);
    /** Log shape, type, exponent; with print_data the elements too. */
    virtual void print(bool print_data = false);
};

}  // namespace dl
