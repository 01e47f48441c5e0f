#include "coco_rle.hpp"

#include <algorithm>
#include <cmath>

namespace espdl_tool::coco {

namespace {

/** Walks over a mask run by run. */
class Runs {
public:
    explicit Runs(const Rle &mask) : m_counts(mask.counts) { settle(); }
    bool done() const { return m_at >= m_counts.size(); }
    uint32_t left() const { return m_counts[m_at] - m_used; }
    bool set() const { return m_at % 2 == 1; }
    void skip(uint32_t pixels) {
        m_used += pixels;
        settle();
    }

private:
    void settle() {
        while (m_at < m_counts.size() && m_used >= m_counts[m_at]) {
            m_at++;
            m_used = 0;
        }
    }
    const std::vector<uint32_t> &m_counts;
    size_t m_at = 0;
    uint32_t m_used = 0;
};

/** Adds pixels of one value to a mask that grows at its end. */
void append(Rle &mask, bool set, uint32_t pixels) {
    if (mask.counts.size() % 2 == (set ? 0u : 1u)) {
        if (mask.counts.empty()) {
            mask.counts.push_back(0);
        } else {
            mask.counts.back() += pixels;
            return;
        }
    }
    mask.counts.push_back(pixels);
}

struct Point {
    int x, y;
};

/** The border between two corners of the fine grid, both included, in the polygon's direction. */
void draw_side(Point from, Point to, std::vector<Point> &border) {
    const int dx = std::abs(to.x - from.x), dy = std::abs(to.y - from.y);
    const bool flat = dx >= dy;
    // Rounding goes by the end with the smaller coordinate, so that a side is the same in both directions.
    const bool flip = flat ? from.x > to.x : from.y > to.y;
    if (flip) {
        std::swap(from, to);
    }
    const int length = flat ? dx : dy;
    const double slope = length == 0 ? 0
                         : flat      ? static_cast<double>(to.y - from.y) / dx
                                     : static_cast<double>(to.x - from.x) / dy;
    for (int step = 0; step <= length; step++) {
        const int at = flip ? length - step : step;
        // NOLINTBEGIN(bugprone-incorrect-roundings): as COCO's reference rounds
        if (flat) {
            border.push_back({at + from.x, static_cast<int>(from.y + slope * at + 0.5)});
        } else {
            border.push_back({static_cast<int>(from.x + slope * at + 0.5), at + from.y});
        }
        // NOLINTEND(bugprone-incorrect-roundings)
    }
}

}  // namespace

uint64_t rle_area(const Rle &mask) {
    uint64_t area = 0;
    for (size_t i = 1; i < mask.counts.size(); i += 2) {
        area += mask.counts[i];
    }
    return area;
}

RleBox rle_box(const Rle &mask) {
    if (mask.height == 0 || rle_area(mask) == 0) {
        return {};
    }
    uint64_t at = 0, left = UINT64_MAX, right = 0, top = UINT64_MAX, bottom = 0;
    for (size_t i = 0; i < mask.counts.size(); i++) {
        const uint64_t first = at, count = mask.counts[i];
        at += count;
        if (i % 2 == 0 || count == 0) {
            continue;
        }
        const uint64_t last = at - 1;
        left = std::min(left, first / mask.height);
        right = std::max(right, last / mask.height);
        const bool one_column = first / mask.height == last / mask.height;
        top = std::min(top, one_column ? first % mask.height : 0);
        bottom = std::max(bottom, one_column ? last % mask.height : mask.height - 1);
    }
    return {static_cast<double>(left), static_cast<double>(top), static_cast<double>(right - left + 1),
            static_cast<double>(bottom - top + 1)};
}

Rle rle_from_pixels(const uint8_t *pixels, uint32_t height, uint32_t width) {
    Rle mask = {height, width, {}};
    uint32_t run = 0;
    bool set = false;
    for (uint32_t x = 0; x < width; x++) {
        for (uint32_t y = 0; y < height; y++) {
            const bool pixel = pixels[static_cast<size_t>(y) * width + x] != 0;
            if (pixel != set) {
                mask.counts.push_back(run);
                run = 0;
                set = pixel;
            }
            run++;
        }
    }
    mask.counts.push_back(run);
    return mask;
}

std::vector<uint8_t> rle_to_pixels(const Rle &mask) {
    std::vector<uint8_t> pixels(static_cast<size_t>(mask.height) * mask.width);
    size_t at = 0;
    for (size_t i = 0; i < mask.counts.size(); i++) {
        for (uint32_t k = 0; k < mask.counts[i] && at < pixels.size(); k++, at++) {
            pixels[at % mask.height * mask.width + at / mask.height] = i % 2;
        }
    }
    return pixels;
}

bool rle_from_polygon(const std::vector<double> &xy, uint32_t height, uint32_t width, Rle &mask) {
    constexpr double FINE = 5;
    constexpr double FAR = 1 << 17;  // no picture is larger than 65535 pixels
    constexpr size_t LONGEST = 1 << 24;
    mask = {height, width, {}};
    if (xy.size() < 6 || xy.size() % 2 != 0) {
        return false;
    }
    std::vector<Point> corners, border;
    for (size_t i = 0; i < xy.size(); i += 2) {
        if (!(std::fabs(xy[i]) <= FAR && std::fabs(xy[i + 1]) <= FAR)) {
            return false;
        }
        // NOLINTNEXTLINE(bugprone-incorrect-roundings): as COCO's reference rounds
        corners.push_back({static_cast<int>(FINE * xy[i] + 0.5), static_cast<int>(FINE * xy[i + 1] + 0.5)});
    }
    for (size_t i = 0; i < corners.size(); i++) {
        draw_side(corners[i], corners[(i + 1) % corners.size()], border);
        if (border.size() > LONGEST) {
            return false;
        }
    }
    // Where the border passes the centre of a column, a run begins or ends.
    std::vector<uint32_t> ends;
    for (size_t i = 1; i < border.size(); i++) {
        const Point a = border[i - 1], b = border[i];
        if (a.x == b.x) {
            continue;
        }
        const double x = (static_cast<double>(b.x < a.x ? b.x : b.x - 1) + 0.5) / FINE - 0.5;
        if (std::floor(x) != x || x < 0 || x > static_cast<double>(width) - 1) {
            continue;
        }
        const double y =
            std::clamp((static_cast<double>(std::min(a.y, b.y)) + 0.5) / FINE - 0.5, 0.0, static_cast<double>(height));
        ends.push_back(static_cast<uint32_t>(x) * height + static_cast<uint32_t>(std::ceil(y)));
    }
    ends.push_back(height * width);
    std::sort(ends.begin(), ends.end());
    uint32_t last = 0;
    bool set = false;
    for (uint32_t end : ends) {
        if (end > last) {
            append(mask, set, end - last);
        }
        last = end;
        set = !set;
    }
    return true;
}

Rle rle_union(const std::vector<Rle> &masks) {
    if (masks.empty()) {
        return {};
    }
    Rle sum = masks[0];
    for (size_t i = 1; i < masks.size(); i++) {
        Rle next = {sum.height, sum.width, {}};
        Runs a(sum), b(masks[i]);
        while (!a.done() || !b.done()) {
            const uint32_t step = a.done() ? b.left() : b.done() ? a.left() : std::min(a.left(), b.left());
            append(next, (!a.done() && a.set()) || (!b.done() && b.set()), step);
            if (!a.done()) {
                a.skip(step);
            }
            if (!b.done()) {
                b.skip(step);
            }
        }
        sum = std::move(next);
    }
    return sum;
}

std::string rle_to_text(const Rle &mask) {
    std::string text;
    for (size_t i = 0; i < mask.counts.size(); i++) {
        // From the fourth run on, the difference from the last run of the same value is written.
        int64_t value = static_cast<int64_t>(mask.counts[i]) - (i > 2 ? static_cast<int64_t>(mask.counts[i - 2]) : 0);
        bool more = true;
        while (more) {
            int digit = static_cast<int>(value & 0x1f);
            value >>= 5;
            more = digit & 0x10 ? value != -1 : value != 0;
            text.push_back(static_cast<char>((digit | (more ? 0x20 : 0)) + 48));
        }
    }
    return text;
}

bool rle_from_text(const std::string &text, uint32_t height, uint32_t width, Rle &mask) {
    mask = {height, width, {}};
    for (size_t at = 0; at < text.size();) {
        int64_t value = 0;
        int shift = 0;
        bool more = true;
        while (more) {
            const int digit = at < text.size() ? text[at++] - 48 : -1;
            if (digit < 0 || digit > 63 || shift > 35) {
                return false;
            }
            value |= static_cast<int64_t>(digit & 0x1f) << shift;
            shift += 5;
            more = digit & 0x20;
            if (!more && (digit & 0x10)) {
                value |= -(static_cast<int64_t>(1) << shift);
            }
        }
        const size_t i = mask.counts.size();
        value += i > 2 ? static_cast<int64_t>(mask.counts[i - 2]) : 0;
        if (value < 0 || value > UINT32_MAX) {
            return false;
        }
        mask.counts.push_back(static_cast<uint32_t>(value));
    }
    return rle_is_complete(mask);
}

bool rle_is_complete(const Rle &mask) {
    uint64_t sum = 0;
    for (uint32_t count : mask.counts) {
        sum += count;
    }
    return sum == static_cast<uint64_t>(mask.height) * mask.width;
}

double rle_iou(const Rle &detection, const Rle &truth, bool crowd) {
    if (detection.height != truth.height || detection.width != truth.width) {
        return -1;
    }
    uint64_t both = 0, either = 0;
    Runs a(detection), b(truth);
    while (!a.done() && !b.done()) {
        const uint32_t step = std::min(a.left(), b.left());
        both += a.set() && b.set() ? step : 0;
        either += a.set() || b.set() ? step : 0;
        a.skip(step);
        b.skip(step);
    }
    return both == 0 ? 0 : static_cast<double>(both) / static_cast<double>(crowd ? rle_area(detection) : either);
}

}  // namespace espdl_tool::coco
