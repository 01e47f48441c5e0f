#include "dl_math_matrix.hpp"

namespace dl {
namespace math {

namespace {

// Solve A * x = b by elimination with pivoting. If A is singular, the result is empty. Doubles keep the digits of
// products of coordinates, which are thousands of pixels each.
std::vector<double> solve(std::vector<std::vector<double>> a, std::vector<double> b) {
    const size_t n = b.size();
    double largest = 0;
    for (const std::vector<double> &row : a) {
        for (double value : row) {
            largest = std::fmax(largest, std::fabs(value));
        }
    }
    for (size_t column = 0; column < n; column++) {
        size_t pivot = column;
        for (size_t row = column + 1; row < n; row++) {
            if (std::fabs(a[row][column]) > std::fabs(a[pivot][column])) {
                pivot = row;
            }
        }
        if (!(std::fabs(a[pivot][column]) > largest * 1e-12)) {
            return {};
        }
        std::swap(a[pivot], a[column]);
        std::swap(b[pivot], b[column]);
        for (size_t row = column + 1; row < n; row++) {
            const double factor = a[row][column] / a[column][column];
            for (size_t k = column; k < n; k++) {
                a[row][k] -= factor * a[column][k];
            }
            b[row] -= factor * b[column];
        }
    }
    for (size_t row = n; row-- > 0;) {
        for (size_t k = row + 1; k < n; k++) {
            b[row] -= a[row][k] * b[k];
        }
        b[row] /= a[row][row];
    }
    return b;
}

bool are_points(const Matrix<float> &source, const Matrix<float> &dest, int count) {
    return source.w == 2 && dest.w == 2 && source.h == count && dest.h == count;
}

}  // namespace

Matrix<float> get_affine_transform(Matrix<float> &source_coord, Matrix<float> &dest_coord) {
    if (!are_points(source_coord, dest_coord, 3)) {
        return {};
    }
    Matrix<float> M(2, 3);
    for (int axis = 0; axis < 2; axis++) {
        std::vector<std::vector<double>> a;
        std::vector<double> b;
        for (int i = 0; i < 3; i++) {
            a.push_back({source_coord.array[i][0], source_coord.array[i][1], 1});
            b.push_back(dest_coord.array[i][axis]);
        }
        const std::vector<double> row = solve(a, b);
        if (row.empty()) {
            return {};
        }
        for (int k = 0; k < 3; k++) {
            M.array[axis][k] = static_cast<float>(row[k]);
        }
    }
    return M;
}

Matrix<float> get_similarity_transform(Matrix<float> &source_coord, Matrix<float> &dest_coord) {
    const int n = source_coord.h;
    if (n < 2 || !are_points(source_coord, dest_coord, n)) {
        return {};
    }
    // If both sets of points have their centre at the origin, scale * cos and scale * sin are sums of products of
    // coordinates, divided by the sum of squares.
    float from_x = 0, from_y = 0, to_x = 0, to_y = 0;
    for (int i = 0; i < n; i++) {
        from_x += source_coord.array[i][0] / n;
        from_y += source_coord.array[i][1] / n;
        to_x += dest_coord.array[i][0] / n;
        to_y += dest_coord.array[i][1] / n;
    }
    float squares = 0, cosine = 0, sine = 0;
    for (int i = 0; i < n; i++) {
        const float x = source_coord.array[i][0] - from_x, y = source_coord.array[i][1] - from_y;
        const float u = dest_coord.array[i][0] - to_x, v = dest_coord.array[i][1] - to_y;
        squares += x * x + y * y;
        cosine += x * u + y * v;
        sine += x * v - y * u;
    }
    if (!(squares > 0)) {
        return {};
    }
    const float a = cosine / squares, b = sine / squares;
    Matrix<float> M(2, 3);
    M.set_value(std::vector<float>{a, -b, to_x - a * from_x + b * from_y, b, a, to_y - b * from_x - a * from_y});
    return M;
}

Matrix<float> get_perspective_transform(Matrix<float> &source_coord, Matrix<float> &dest_coord) {
    if (!are_points(source_coord, dest_coord, 4)) {
        return {};
    }
    // u * (g x + h y + 1) = a x + b y + c for each point and axis: eight equations for a to h.
    std::vector<std::vector<double>> a;
    std::vector<double> b;
    for (int axis = 0; axis < 2; axis++) {
        for (int i = 0; i < 4; i++) {
            const double x = source_coord.array[i][0], y = source_coord.array[i][1], u = dest_coord.array[i][axis];
            std::vector<double> row(8);
            row[3 * axis] = x;
            row[3 * axis + 1] = y;
            row[3 * axis + 2] = 1;
            row[6] = -x * u;
            row[7] = -y * u;
            a.push_back(row);
            b.push_back(u);
        }
    }
    std::vector<double> values = solve(a, b);
    if (values.empty()) {
        return {};
    }
    values.push_back(1);
    Matrix<float> M(3, 3);
    M.set_value(values);
    return M;
}

}  // namespace math
}  // namespace dl
