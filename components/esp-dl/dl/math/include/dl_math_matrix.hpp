/**
 * @file dl_math_matrix.hpp
 * Small dense matrices, for the warping of pictures.
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

/**
 * A matrix of h rows and w columns. array[row][column] is an element, as in ESP-DL. An operation on matrices whose
 * sizes do not fit gives an empty matrix.
 */
template <typename T>
class Matrix {
public:
    T **array;
    int h;
    int w;

    Matrix() : array(nullptr), h(0), w(0) {}
    /** A matrix of zeros. */
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

    /** Make the elements of a matrix whose h and w were assigned directly, and set them to zero. */
    void calloc_element() { resize(h, w); }

    /** Set every element to a random value from 0 to thresh. */
    void set_random(T thresh = 1) {
        std::srand(static_cast<unsigned>(esp_timer_get_time()));
        for (T &value : m_values) {
            value = static_cast<T>(std::rand()) / static_cast<T>(RAND_MAX) * thresh;
        }
    }
    /** Set elements whose magnitude is below thresh to zero. */
    void set_zero(T thresh = 1e-8) {
        for (T &value : m_values) {
            if (DL_ABS(value) < thresh) {
                value = 0;
            }
        }
    }
    /** Set the elements row by row. Surplus values are ignored; elements without a value stay as they are. */
    template <typename U>
    void set_value(std::vector<U> values) {
        for (size_t i = 0; i < m_values.size() && i < values.size(); i++) {
            m_values[i] = static_cast<T>(values[i]);
        }
    }
    /** Copy the elements of a matrix of the same size. With another size, nothing changes. */
    template <typename U>
    void set_value(const Matrix<U> &other) {
        for (int i = 0; h == other.h && w == other.w && i < h; i++) {
            for (int j = 0; j < w; j++) {
                array[i][j] = static_cast<T>(other.array[i][j]);
            }
        }
    }
    /**
     * Copy a matrix into the rows [h_start, h_end) and columns [w_start, w_end). With another size, nothing changes.
     */
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
    /** Set every element to one value. */
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
    /**
     * Return the inverse, by Gauss-Jordan elimination with pivoting. It is empty if the matrix is singular or not
     * square.
     */
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
    /** Return the diagonal as a matrix of one row. */
    Matrix diagonal() const {
        Matrix out(1, h < w ? h : w);
        for (int i = 0; i < out.w; i++) {
            out.array[0][i] = array[i][i];
        }
        return out;
    }
    /** Return the rows [h_start, h_end) and columns [w_start, w_end). */
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
    /** Return the Frobenius norm: the root of the sum of the elements' squares. */
    T F_norm() const {
        T sum = 0;
        for (T value : m_values) {
            sum += value * value;
        }
        return sqrt_newton(sum);
    }

    /** Return a square matrix with zeros beside its diagonal, which is the only row of d. */
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
    /** Return the row 0, 1, ..., n - 1. */
    static Matrix arange(uint32_t n) { return arange(0, n); }
    /** Return the row n1, n1 + 1, ..., n2 - 1. */
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
        // Swapping vectors does not move their elements, so the row pointers stay valid.
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
 * Transforms of planes. Coordinates are a matrix with a row of x and y for each point. If a transform cannot be
 * computed (sizes that do not fit, points on one line), the result is an empty matrix.
 */

/** Return the 2x3 matrix M with dest = M * (x, y, 1) for three points. */
Matrix<float> get_affine_transform(Matrix<float> &source_coord, Matrix<float> &dest_coord);

/**
 * Return the 2x3 matrix of the rotation, uniform scale and translation that bring the source points nearest to the
 * target points, by least squares (Umeyama 1991, without mirroring). Two points are needed, more may be given.
 */
Matrix<float> get_similarity_transform(Matrix<float> &source_coord, Matrix<float> &dest_coord);

/** Return the 3x3 matrix M, M[2][2] = 1, with (u, v, w) = M * (x, y, 1) and dest = (u / w, v / w) for four points. */
Matrix<float> get_perspective_transform(Matrix<float> &source_coord, Matrix<float> &dest_coord);

}  // namespace math
}  // namespace dl
