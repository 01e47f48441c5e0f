/**
 * @file dl_math_matrix.hpp
 * Small dense matrices, as picture warps use them.
 */
#pragma once

#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

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

    /** Row by row; surplus values are ignored, missing ones leave the element unchanged. */
    template <typename U>
    void set_value(const std::vector<U> &values) {
        for (size_t i = 0; i < m_values.size() && i < values.size(); i++) {
            m_values[i] = (T)values[i];
        }
    }
    void set_value(T value) { m_values.assign(m_values.size(), value); }
    void print_value() const {
        std::printf("h: %d, w: %d\n", h, w);
        for (int i = 0; i < h; i++) {
            for (int j = 0; j < w; j++) {
                std::printf("%f ", (double)array[i][j]);
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
    static Matrix identity(int n) {
        Matrix out(n, n);
        for (int i = 0; i < n; i++) {
            out.array[i][i] = T(1);
        }
        return out;
    }

private:
    void resize(int rows, int columns) {
        h = rows > 0 && columns > 0 ? rows : 0;
        w = h ? columns : 0;
        m_values.assign((size_t)h * w, T(0));
        m_rows.resize(h);
        for (int i = 0; i < h; i++) {
            m_rows[i] = m_values.data() + (size_t)i * w;
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

}  // namespace math
}  // namespace dl
