/**
 * @file dl_math_matrix.hpp
 * Small dense matrices, as picture warps use them.
 */
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "dl_define.hpp"
#include "dl_math.hpp"
#include "dl_tool.hpp"
#include "esp_timer.h"

namespace dl {
namespace math {

/** h rows of w values. Elements are array[row][column], as in ESP-DL. Sizes that do not fit an operation give an empty
 * matrix. */
template <typename T>
class Matrix {
public:
    T **array;
    int h;
    int w;

    Matrix() : array(nullptr), h(0), w(0) {}
    /** Zeros. */
    Matrix(int h, int w) : Matrix() { resize(h, w); }
    Matrix(int h, int w, T value) : Matrix(h, w) { set_value(value); }
    Matrix(const Matrix &other) : Matrix() { *this = other; }
    Matrix(Matrix &&other) noexcept : Matrix() { swap(other); }
    Matrix &operator=(const Matrix &other) {
        if (this != &other) {
            resize(other.h, other.w);
            m_values = other.m_values;
        }
        return *this;
    }
    Matrix &operator=(Matrix &&other) noexcept {
        swap(other);
        return *this;
    }
    virtual ~Matrix() = default;

    /** Make the elements, zeros, of an object whose h and w were set by hand. */
    void calloc_element() { resize(h, w); }

    /** Random values from 0 to thresh. */
    void set_random(T thresh = 1) {
        std::srand(static_cast<unsigned>(esp_timer_get_time()));
        for (T &value : m_values) {
            value = static_cast<T>(std::rand()) / static_cast<T>(RAND_MAX) * thresh;
        }
    }
    /** What is nearer to zero than thresh becomes zero. */
    void set_zero(T thresh = 1e-8) {
        for (T &value : m_values) {
            if (DL_ABS(value) < thresh) {
                value = 0;
            }
        }
    }
    /** Row by row; surplus values are ignored, missing ones leave the element unchanged. */
    template <typename U>
    void set_value(std::vector<U> values) {
        for (size_t i = 0; i < m_values.size() && i < values.size(); i++) {
            m_values[i] = static_cast<T>(values[i]);
        }
    }
    /** Elements of a matrix of the same size; another size changes nothing. */
    template <typename U>
    void set_value(const Matrix<U> &other) {
        for (int i = 0; h == other.h && w == other.w && i < h; i++) {
            for (int j = 0; j < w; j++) {
                array[i][j] = static_cast<T>(other.array[i][j]);
            }
        }
    }
    /** Rows [h_start, h_end) and columns [w_start, w_end) from a matrix of that size; one that does not fit changes
     * nothing. */
    void set_value(int h_start, int h_end, int w_start, int w_end, const Matrix &other) {
        if (!has(h_start, h_end, w_start, w_end) || h_end - h_start != other.h || w_end - w_start != other.w) {
            return;
        }
        for (int i = 0; i < other.h; i++) {
            for (int j = 0; j < other.w; j++) {
                array[i + h_start][j + w_start] = other.array[i][j];
            }
        }
    }
    /** One value everywhere. */
    template <typename U>
    void set_value(U value) {
        m_values.assign(m_values.size(), static_cast<T>(value));
    }
    void print_value() const {
        std::printf("h: %d, w: %d\n", h, w);
        for (int i = 0; i < h; i++) {
            for (int j = 0; j < w; j++) {
                std::printf("%f ", static_cast<double>(array[i][j]));
            }
            std::printf("\n");
        }
    }

    Matrix matmul(const Matrix &other) const {
        if (w != other.h) {
            return Matrix();
        }
        Matrix out(h, other.w);
        for (int i = 0; i < h; i++) {
            for (int j = 0; j < other.w; j++) {
                for (int k = 0; k < w; k++) {
                    out.array[i][j] += array[i][k] * other.array[k][j];
                }
            }
        }
        return out;
    }
    Matrix transpose() const {
        Matrix out(w, h);
        for (int i = 0; i < h; i++) {
            for (int j = 0; j < w; j++) {
                out.array[j][i] = array[i][j];
            }
        }
        return out;
    }
    /** By Gauss-Jordan elimination with pivoting. Empty if the matrix is singular or not square. */
    Matrix inverse() const {
        if (h != w || h == 0) {
            return Matrix();
        }
        Matrix left(*this);
        Matrix right = identity(h);
        for (int column = 0; column < h; column++) {
            int pivot = column;
            for (int row = column + 1; row < h; row++) {
                if (std::abs(left.array[row][column]) > std::abs(left.array[pivot][column])) {
                    pivot = row;
                }
            }
            const T value = left.array[pivot][column];
            if (value == T(0)) {
                return Matrix();
            }
            for (int k = 0; k < h; k++) {
                std::swap(left.array[pivot][k], left.array[column][k]);
                std::swap(right.array[pivot][k], right.array[column][k]);
            }
            for (int k = 0; k < h; k++) {
                left.array[column][k] /= value;
                right.array[column][k] /= value;
            }
            for (int row = 0; row < h; row++) {
                const T factor = left.array[row][column];
                for (int k = 0; row != column && k < h; k++) {
                    left.array[row][k] -= factor * left.array[column][k];
                    right.array[row][k] -= factor * right.array[column][k];
                }
            }
        }
        return right;
    }
    /** The diagonal as one row. */
    Matrix diagonal() const {
        Matrix out(1, h < w ? h : w);
        for (int i = 0; i < out.w; i++) {
            out.array[0][i] = array[i][i];
        }
        return out;
    }
    /** Rows [h_start, h_end), columns [w_start, w_end). */
    Matrix slice(int h_start, int h_end, int w_start, int w_end) const {
        if (!has(h_start, h_end, w_start, w_end)) {
            return Matrix();
        }
        Matrix out(h_end - h_start, w_end - w_start);
        for (int i = 0; i < out.h; i++) {
            for (int j = 0; j < out.w; j++) {
                out.array[i][j] = array[i + h_start][j + w_start];
            }
        }
        return out;
    }
    /** Frobenius norm: the root of the sum of squares. */
    T F_norm() const {
        T sum = 0;
        for (T value : m_values) {
            sum += value * value;
        }
        return sqrt_newton(sum);
    }

    /** The matrix whose diagonal is the only row of d. */
    static Matrix diag(const Matrix &d) {
        if (d.h != 1) {
            return Matrix();
        }
        Matrix out(d.w, d.w);
        for (int i = 0; i < d.w; i++) {
            out.array[i][i] = d.array[0][i];
        }
        return out;
    }
    /** The row 0, 1, ..., n - 1. */
    static Matrix arange(uint32_t n) { return arange(0, n); }
    /** The row n1, n1 + 1, ..., n2 - 1. */
    static Matrix arange(uint32_t n1, uint32_t n2) {
        const int64_t count = static_cast<int64_t>(n2) - n1;
        Matrix out(1, count > 0 && count <= INT32_MAX ? static_cast<int>(count) : 0);
        for (int i = 0; i < out.w; i++) {
            out.array[0][i] = static_cast<T>(n1 + i);
        }
        return out;
    }
    static Matrix identity(int n) {
        Matrix out(n, n);
        for (int i = 0; i < n; i++) {
            out.array[i][i] = T(1);
        }
        return out;
    }

private:
    bool has(int h_start, int h_end, int w_start, int w_end) const {
        return 0 <= h_start && h_start < h_end && h_end <= h && 0 <= w_start && w_start < w_end && w_end <= w;
    }
    void resize(int rows, int columns) {
        h = rows > 0 && columns > 0 ? rows : 0;
        w = h ? columns : 0;
        m_values.assign(static_cast<size_t>(h) * w, T{});
        m_rows.resize(h);
        for (int i = 0; i < h; i++) {
            m_rows[i] = m_values.data() + static_cast<size_t>(i) * w;
        }
        array = m_rows.data();
    }
    void swap(Matrix &other) {
        // The vectors' memory moves with them, so the row pointers stay right.
        std::swap(array, other.array);
        std::swap(h, other.h);
        std::swap(w, other.w);
        m_values.swap(other.m_values);
        m_rows.swap(other.m_rows);
    }

    std::vector<T> m_values;
    std::vector<T *> m_rows;
};

/**
 * Transforms between planes. Coordinates are n rows of x and y; what cannot be computed (sizes, points on one line)
 * gives an empty matrix.
 */

/** 2x3 matrix M with dest = M * (x, y, 1) for three points. */
Matrix<float> get_affine_transform(Matrix<float> &source_coord, Matrix<float> &dest_coord);

/** 2x3 matrix of the turn, uniform scale and move that bring two or more source points nearest to the target points: by
 * least squares (Umeyama 1991, without mirroring). */
Matrix<float> get_similarity_transform(Matrix<float> &source_coord, Matrix<float> &dest_coord);

/** 3x3 matrix M, M[2][2] = 1, with dest = (u / w, v / w) and (u, v, w) = M * (x, y, 1) for four points. */
Matrix<float> get_perspective_transform(Matrix<float> &source_coord, Matrix<float> &dest_coord);

}  // namespace math
}  // namespace dl
