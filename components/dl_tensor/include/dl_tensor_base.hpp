/**
 * @file dl_tensor_base.hpp
 * dl::TensorBase: a block of memory with a shape, an element type, and an exponent.
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

/** Return "Linear", "ReLU", ... */
const char *activation_type_to_string(activation_type_t type);
/** Return "float32", "symm 8bit", ... */
const char *quant_type_to_string(quant_type_t type);

/** Return "[1, 224, 224, 3]". Floats have six digits behind the point. */
template <typename T>
std::string vector_to_string(std::vector<T> shape) {
    static_assert(std::is_arithmetic_v<T>, "numbers are printed");
    std::string text = "[";
    for (size_t i = 0; i < shape.size(); i++) {
        text += (i ? ", " : "") + std::to_string(shape[i]);
    }
    return text + "]";
}

using tool::shape_to_string;  ///< the name that ESP-DL 3.0 has for it

/**
 * The exponent of a tensor, or one exponent per channel. A single exponent takes no heap memory. The object converts to
 * int, so that DL_SCALE(tensor->exponent) compiles for either.
 */
class ExponentInfo {
public:
    ExponentInfo(int exponent = 0) : m_exponent(exponent) {}
    /** With more than one value, the exponents are per channel; none is the exponent 0. */
    ExponentInfo(const std::vector<int> &exponents);
    ~ExponentInfo() { delete[] m_exponents; }
    ExponentInfo(const ExponentInfo &other);
    ExponentInfo &operator=(const ExponentInfo &other);
    ExponentInfo(ExponentInfo &&other) noexcept;
    ExponentInfo &operator=(ExponentInfo &&other) noexcept;
    ExponentInfo &operator=(int value);

    /** @param ch channel. -1, or a channel that does not exist, gives the tensor's exponent */
    int get(int ch = -1) const { return (m_exponents && ch >= 0 && ch < m_size) ? m_exponents[ch] : m_exponent; }
    operator int() const { return m_exponent; }
    bool is_per_channel() const { return m_exponents != nullptr; }
    /** Return the number of exponents: of channels, or 1. */
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
 * A tensor. Its elements lie in row-major order of `shape`. Memory that the tensor owns begins at a multiple of 16
 * bytes and is a multiple of 16 bytes long.
 */
class TensorBase {
public:
    int size;                      ///< elements, without padding
    std::vector<int> shape;        ///< dimensions; {} is a scalar of one element
    dtype_t dtype;                 ///< element type
    ExponentInfo exponent;         ///< value = q * 2^exponent
    bool auto_free;                ///< whether the tensor owns `data` and frees it
    std::vector<int> axis_offset;  ///< for each axis, the distance in elements from one neighbour to the next
    void *data;                    ///< elements
    void *cache;                   ///< preloaded copy of the elements, not owned; nullptr: there is none
    uint32_t caps;                 ///< MALLOC_CAP_* of the memory

    /**
     * @param element elements, or nullptr
     * @param deep    true: take memory from the heap and copy the elements into it (zeros for nullptr). If there is no
     * memory, `data` is nullptr and a log line says so. false: use the elements where they are
     */
    TensorBase(std::vector<int> shape, const void *element, int exponent = 0, dtype_t dtype = DATA_TYPE_FLOAT,
               bool deep = true, uint32_t caps = MALLOC_CAP_DEFAULT);
    TensorBase(std::vector<int> shape, const void *element, const std::vector<int> &exponents,
               dtype_t dtype = DATA_TYPE_FLOAT, bool deep = true, uint32_t caps = MALLOC_CAP_DEFAULT);
    virtual ~TensorBase();
    TensorBase(const TensorBase &) = delete;
    TensorBase &operator=(const TensorBase &) = delete;

    /**
     * Copy the values of another tensor, which has as many elements. Types and exponents may differ: floats become int8
     * or int16 by the target's rule, and back.
     * @return false, with a log line, if the values cannot be converted
     */
    bool assign(TensorBase *tensor);
    bool assign(std::vector<int> shape, const void *element, int exponent, dtype_t dtype);

    int get_size() const { return size; }
    /** Return how many elements the memory holds: `size`, rounded up so that they fill a multiple of 16 bytes. */
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
    /** Use the given memory, without owning it. Memory that the tensor owned is freed. */
    TensorBase &set_element_ptr(void *data);

    std::vector<int> get_shape() const { return shape; }
    /** Where element number `element_index` is, along each axis. */
    std::vector<int> get_axis_index(int element_index) const;
    TensorBase &set_shape(const std::vector<int> shape);
    int get_exponent() const { return exponent; }
    dtype_t get_dtype() const { return dtype; }
    uint32_t get_caps() const { return caps; }

    /**
     * Give the same elements another shape. One dimension may be -1: it is computed from the others. If the numbers of
     * elements differ, a log line says so and nothing changes.
     */
    TensorBase *reshape(std::vector<int> shape);
    /** Reverse the order of the elements along each of the axes, in place. */
    template <typename T>
    TensorBase *flip(const std::vector<int> &axes);
    /**
     * Copy the input with its axes permuted, and set the shape accordingly. `perm` {} reverses the axes. This tensor's
     * memory must be large enough.
     */
    TensorBase *transpose(TensorBase *input, std::vector<int> perm = {});
    template <typename T>
    TensorBase *transpose(T *input_element, std::vector<int> &input_shape, std::vector<int> &input_axis_offset,
                          std::vector<int> &perm);

    bool is_same_shape(TensorBase *tensor) const;
    /**
     * Have both tensors the same shape, type and exponent, and elements that differ by at most epsilon?
     * @param verbose log the first differences
     */
    bool equal(TensorBase *tensor, float epsilon = 1e-6, bool verbose = false);
    template <typename T>
    bool compare_elements(const T *gt_elements, float epsilon = 1e-6, bool verbose = false);

    /**
     * Return the slice as a new tensor, which the caller owns. Negative indices count from the end, as in ONNX.
     * Arguments that name no slice give nullptr.
     */
    TensorBase *slice(const std::vector<int> &start, const std::vector<int> &end, const std::vector<int> &axes = {},
                      const std::vector<int> &step = {});
    static void slice(TensorBase *input, TensorBase *output, const std::vector<int> &start, const std::vector<int> &end,
                      const std::vector<int> &axes = {}, const std::vector<int> &step = {});

    /**
     * Copy the input with padding, and set the shape accordingly. pads = [x1_begin, x2_begin, ..., x1_end, x2_end,
     * ...]. The modes are constant (const_value, or 0 without one), reflect and edge.
     */
    template <typename T>
    TensorBase *pad(T *input_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
                    const padding_mode_t mode, TensorBase *const_value = nullptr);
    TensorBase *pad(TensorBase *input, const std::vector<int> &pads, const padding_mode_t mode,
                    TensorBase *const_value = nullptr);

    /** Return the index of an element in memory, or -1 if the coordinates lie outside the shape. */
    int get_element_index(const std::vector<int> &axis_index) const;
    std::vector<int> get_element_coordinates(int index) const;
    /**
     * Return the element at an index or at coordinates. Outside the tensor, or for a T of another size than the
     * elements, that is T().
     */
    template <typename T>
    T get_element(int index);
    template <typename T>
    T get_element(const std::vector<int> &axis_index);

    /** Set every byte of the elements. */
    void memset(int value);
    /** Fill with random bytes (esp_fill_random). */
    void rand();

    /**
     * Let the preloaded copy lie at addr, where `size` bytes are.
     * @return bytes that the copy takes; 0 if `size` is too small
     */
    size_t set_preload_addr(void *addr, size_t size);
    virtual void preload();
    /**
     * Do nothing. ESP-DL reorders a bias for the chip's vector unit here; the PC's kernels read the order of the file.
     */
    void reset_bias_layout(quant_type_t op_quant_type, bool is_depthwise);
    /**
     * Move the elements along axis `dim` towards the front, and append new_tensor behind them: what is in front falls
     * out. new_tensor must not be longer along that axis.
     */
    void push(TensorBase *new_tensor, int dim);
    /** Log shape, type and exponent, and with print_data the elements. */
    virtual void print(bool print_data = false);
};

}  // namespace dl
