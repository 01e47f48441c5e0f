#include "coco_eval.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace espdl_tool::coco {

namespace {

constexpr size_t OVERLAPS = 10;
constexpr size_t RECALLS = 101;
/** What doubles near 1 are apart: added where a divisor could be 0. */
constexpr double TINY = 0x1p-52;
/** How far annotators are apart, per keypoint in COCO's order, relative to the object's size. */
constexpr double SIGMAS[] = {.026, .025, .025, .035, .035, .079, .079, .072, .072,
                             .062, .062, .107, .107, .087, .087, .089, .089};

struct AreaRange {
    const char *name;
    double low, high;
};
constexpr AreaRange ALL = {"all", 0, 1e10}, SMALL = {"small", 0, 32 * 32}, MEDIUM = {"medium", 32 * 32, 96 * 96},
                    LARGE = {"large", 96 * 96, 1e10};

std::vector<AreaRange> areas_of(Kind kind) {
    if (kind == Kind::Keypoints) {
        return {ALL, MEDIUM, LARGE};
    }
    return {ALL, SMALL, MEDIUM, LARGE};
}
std::vector<size_t> limits_of(Kind kind) {
    if (kind == Kind::Keypoints) {
        return {20};
    }
    return {1, 10, 100};
}

/** The i-th of `count` numbers from `first` to `last`, evenly spaced, in NumPy's arithmetic. */
double spaced(double first, double last, size_t count, size_t i) {
    const double step = (last - first) / static_cast<double>(count - 1);
    return i == count - 1 ? last : static_cast<double>(i) * step + first;
}
double overlap_threshold(size_t i) {
    return spaced(.5, .95, OVERLAPS, i);
}

double box_overlap(const Object &detection, const Object &truth) {
    const auto &d = detection.box, &t = truth.box;
    const double width = std::fmin(d[2] + d[0], t[2] + t[0]) - std::fmax(d[0], t[0]);
    const double height = std::fmin(d[3] + d[1], t[3] + t[1]) - std::fmax(d[1], t[1]);
    if (width <= 0 || height <= 0) {
        return 0;
    }
    const double both = width * height, area = d[2] * d[3];
    return both / (truth.crowd ? area : area + t[2] * t[3] - both);
}

double mask_overlap(const Object &detection, const Object &truth) {
    return rle_iou(detection.mask, truth.mask, truth.crowd);
}

/** Object keypoint similarity. A truth without marked keypoints is met by what lies in twice its box. */
double keypoint_similarity(const Object &detection, const Object &truth) {
    const size_t count = std::min({std::size(SIGMAS), detection.keypoints.size() / 3, truth.keypoints.size() / 3});
    size_t marked = 0;
    for (size_t i = 0; i < count; i++) {
        marked += truth.keypoints[3 * i + 2] > 0;
    }
    const double left = truth.box[0] - truth.box[2], right = truth.box[0] + truth.box[2] * 2;
    const double top = truth.box[1] - truth.box[3], bottom = truth.box[1] + truth.box[3] * 2;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double x = detection.keypoints[3 * i], y = detection.keypoints[3 * i + 1];
        double dx, dy;
        if (marked > 0) {
            if (!(truth.keypoints[3 * i + 2] > 0)) {
                continue;
            }
            dx = x - truth.keypoints[3 * i];
            dy = y - truth.keypoints[3 * i + 1];
        } else {
            dx = std::max(0.0, left - x) + std::max(0.0, x - right);
            dy = std::max(0.0, top - y) + std::max(0.0, y - bottom);
        }
        const double variance = (SIGMAS[i] * 2) * (SIGMAS[i] * 2);
        sum += std::exp(-((dx * dx + dy * dy) / variance / (truth.area + TINY) / 2));
    }
    const size_t used = marked > 0 ? marked : count;
    return used > 0 ? sum / static_cast<double>(used) : 0;
}

/** What one picture has of one category: its detections best first. */
struct Scene {
    std::vector<const Object *> truths, detections;
    std::vector<double> overlaps;  ///< [detection][truth]
};

/** The outcome for one picture, category and range of areas; limits of detections are applied later. */
struct Outcome {
    std::vector<double> scores;
    std::vector<uint8_t> matched[OVERLAPS];  ///< each detection: it has met a truth
    std::vector<uint8_t> ignored[OVERLAPS];  ///< each detection: it counts neither way
    size_t truths = 0;                       ///< that count
};

bool ignores(const Object &truth, Kind kind) {
    return truth.crowd || (kind == Kind::Keypoints && truth.keypoints_set.value_or(0) == 0);
}

Outcome match(const Scene &scene, Kind kind, const AreaRange &range) {
    const size_t truths = scene.truths.size(), detections = scene.detections.size();
    std::vector<uint8_t> ignored(truths);
    std::vector<size_t> order(truths);
    std::iota(order.begin(), order.end(), 0);
    Outcome outcome;
    for (size_t i = 0; i < truths; i++) {
        const Object &truth = *scene.truths[i];
        ignored[i] = ignores(truth, kind) || truth.area < range.low || truth.area > range.high;
        outcome.truths += !ignored[i];
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return ignored[a] < ignored[b]; });
    for (const Object *detection : scene.detections) {
        outcome.scores.push_back(detection->score);
    }
    for (size_t t = 0; t < OVERLAPS; t++) {
        std::vector<uint8_t> taken(truths);
        outcome.matched[t].assign(detections, 0);
        outcome.ignored[t].assign(detections, 0);
        for (size_t d = 0; d < detections; d++) {
            double best = std::min(overlap_threshold(t), 1 - 1e-10);
            size_t met = truths;
            for (size_t truth : order) {
                if (taken[truth] && !scene.truths[truth]->crowd) {
                    continue;
                }
                // Those that count come first: none of the others is better than one of them.
                if (met < truths && !ignored[met] && ignored[truth]) {
                    break;
                }
                const double overlap = scene.overlaps[d * truths + truth];
                if (overlap >= best) {
                    best = overlap;
                    met = truth;
                }
            }
            if (met < truths) {
                taken[met] = 1;
                // The number 0 stands for no truth: COCO's own files begin with 1.
                outcome.matched[t][d] = scene.truths[met]->id != 0;
                outcome.ignored[t][d] = ignored[met];
            }
            const double area = scene.detections[d]->area;
            if (!outcome.matched[t][d] && (area < range.low || area > range.high)) {
                outcome.ignored[t][d] = 1;
            }
        }
    }
    return outcome;
}

/** Interpolated precision at 101 recalls, and the recall reached. */
struct Curve {
    bool exists = false;
    std::vector<double> precision;
    double recall = 0;
};

Curve accumulate(const std::vector<Outcome> &outcomes, size_t overlap, size_t limit) {
    Curve curve;
    struct Entry {
        double score;
        bool matched, ignored;
    };
    std::vector<Entry> entries;
    size_t truths = 0;
    for (const Outcome &outcome : outcomes) {
        truths += outcome.truths;
        for (size_t d = 0; d < std::min(limit, outcome.scores.size()); d++) {
            entries.push_back({outcome.scores[d], outcome.matched[overlap][d] != 0, outcome.ignored[overlap][d] != 0});
        }
    }
    if (truths == 0) {
        return curve;
    }
    curve.exists = true;
    std::stable_sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) { return a.score > b.score; });
    std::vector<double> recall, precision;
    size_t hits = 0, misses = 0;
    for (const Entry &entry : entries) {
        hits += entry.matched && !entry.ignored;
        misses += !entry.matched && !entry.ignored;
        recall.push_back(static_cast<double>(hits) / static_cast<double>(truths));
        precision.push_back(static_cast<double>(hits) /
                            (static_cast<double>(misses) + static_cast<double>(hits) + TINY));
    }
    curve.recall = recall.empty() ? 0 : recall.back();
    for (size_t i = precision.size(); i-- > 1;) {
        precision[i - 1] = std::max(precision[i - 1], precision[i]);
    }
    for (size_t r = 0; r < RECALLS; r++) {
        const auto at = std::lower_bound(recall.begin(), recall.end(), spaced(0, 1, RECALLS, r));
        curve.precision.push_back(at == recall.end() ? 0 : precision[static_cast<size_t>(at - recall.begin())]);
    }
    return curve;
}

double mean(const std::vector<double> &values) {
    return values.empty() ? -1
                          : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<Measure> measures_of(Kind kind) {
    if (kind == Kind::Keypoints) {
        return {{"AP", true, 0, "all", 20},           {"AP50", true, .5, "all", 20},
                {"AP75", true, .75, "all", 20},       {"APmedium", true, 0, "medium", 20},
                {"APlarge", true, 0, "large", 20},    {"AR", false, 0, "all", 20},
                {"AR50", false, .5, "all", 20},       {"AR75", false, .75, "all", 20},
                {"ARmedium", false, 0, "medium", 20}, {"ARlarge", false, 0, "large", 20}};
    }
    return {{"AP", true, 0, "all", 100},           {"AP50", true, .5, "all", 100},
            {"AP75", true, .75, "all", 100},       {"APsmall", true, 0, "small", 100},
            {"APmedium", true, 0, "medium", 100},  {"APlarge", true, 0, "large", 100},
            {"AR1", false, 0, "all", 1},           {"AR10", false, 0, "all", 10},
            {"AR100", false, 0, "all", 100},       {"ARsmall", false, 0, "small", 100},
            {"ARmedium", false, 0, "medium", 100}, {"ARlarge", false, 0, "large", 100}};
}

using SceneKey = std::pair<int64_t, int64_t>;  ///< category, picture

std::map<SceneKey, Scene> make_scenes(const DataSet &truth, const std::vector<Object> &detections, Kind kind,
                                      const std::vector<int64_t> *pictures) {
    std::vector<int64_t> wanted, categories;
    for (const Picture &picture : truth.pictures) {
        wanted.push_back(picture.id);
    }
    if (pictures) {
        wanted = *pictures;
    }
    for (const Category &category : truth.categories) {
        categories.push_back(category.id);
    }
    std::sort(wanted.begin(), wanted.end());
    std::sort(categories.begin(), categories.end());
    std::map<SceneKey, Scene> scenes;
    auto sort_in = [&](const Object &object, bool is_truth) {
        if (std::binary_search(wanted.begin(), wanted.end(), object.picture) &&
            std::binary_search(categories.begin(), categories.end(), object.category)) {
            Scene &scene = scenes[{object.category, object.picture}];
            (is_truth ? scene.truths : scene.detections).push_back(&object);
        }
    };
    for (const Object &object : truth.objects) {
        sort_in(object, true);
    }
    for (const Object &object : detections) {
        sort_in(object, false);
    }
    const size_t most = limits_of(kind).back();
    const auto overlap = kind == Kind::Box ? box_overlap : kind == Kind::Mask ? mask_overlap : keypoint_similarity;
    for (auto &[key, scene] : scenes) {
        std::stable_sort(scene.detections.begin(), scene.detections.end(),
                         [](const Object *a, const Object *b) { return a->score > b->score; });
        scene.detections.resize(std::min(most, scene.detections.size()));
        for (const Object *detection : scene.detections) {
            for (const Object *object : scene.truths) {
                scene.overlaps.push_back(overlap(*detection, *object));
            }
        }
    }
    return scenes;
}

/** Curves of one category: [area][limit][overlap]. */
using Curves = std::vector<std::vector<std::vector<Curve>>>;

Curves curves_of(const std::vector<const Scene *> &scenes, Kind kind) {
    Curves curves;
    for (const AreaRange &range : areas_of(kind)) {
        std::vector<Outcome> outcomes;
        for (const Scene *scene : scenes) {
            outcomes.push_back(match(*scene, kind, range));
        }
        curves.emplace_back();
        for (size_t limit : limits_of(kind)) {
            curves.back().emplace_back();
            for (size_t t = 0; t < OVERLAPS; t++) {
                curves.back().back().push_back(accumulate(outcomes, t, limit));
            }
        }
    }
    return curves;
}

/** The values that a measure is the mean of. */
void collect(const Measure &measure, const Curves &curves, Kind kind, std::vector<double> &values) {
    const std::vector<AreaRange> areas = areas_of(kind);
    const std::vector<size_t> limits = limits_of(kind);
    for (size_t a = 0; a < areas.size(); a++) {
        for (size_t m = 0; m < limits.size(); m++) {
            if (areas[a].name != measure.area || static_cast<int>(limits[m]) != measure.max_detections) {
                continue;
            }
            for (size_t t = 0; t < OVERLAPS; t++) {
                const Curve &curve = curves[a][m][t];
                const bool asked = measure.overlap == 0 || std::fabs(overlap_threshold(t) - measure.overlap) < 1e-9;
                if (!asked || !curve.exists) {
                    continue;
                }
                if (measure.is_precision) {
                    values.insert(values.end(), curve.precision.begin(), curve.precision.end());
                } else {
                    values.push_back(curve.recall);
                }
            }
        }
    }
}

}  // namespace

Summary evaluate(const DataSet &truth, const std::vector<Object> &detections, Kind kind,
                 const std::vector<int64_t> *pictures) {
    const std::map<SceneKey, Scene> scenes = make_scenes(truth, detections, kind, pictures);
    Summary summary;
    summary.measures = measures_of(kind);
    std::vector<std::vector<double>> values(summary.measures.size());
    for (auto it = scenes.begin(); it != scenes.end();) {
        CategoryMeasure category = {it->first.first, -1, -1, 0};
        std::vector<const Scene *> own;
        for (; it != scenes.end() && it->first.first == category.category; ++it) {
            own.push_back(&it->second);
            for (const Object *object : it->second.truths) {
                category.truths += !ignores(*object, kind);
            }
        }
        const Curves curves = curves_of(own, kind);
        for (size_t i = 0; i < summary.measures.size(); i++) {
            collect(summary.measures[i], curves, kind, values[i]);
        }
        std::vector<double> mine, mine50;
        collect(summary.measures[0], curves, kind, mine);
        collect(summary.measures[1], curves, kind, mine50);
        category.precision = mean(mine);
        category.precision50 = mean(mine50);
        summary.categories.push_back(category);
    }
    for (size_t i = 0; i < summary.measures.size(); i++) {
        summary.measures[i].value = mean(values[i]);
    }
    return summary;
}

}  // namespace espdl_tool::coco
