"""COCO's evaluation in plain Python, written from its published definition: slow, short, and nothing like the C++ that it checks.

Detections are matched picture by picture, best score first, each with the best free truth that counts; truths that are crowds or outside
of the range of areas only make detections uncounted. Precision is interpolated at 101 recalls.
"""
import math

OVERLAPS = [i * ((0.95 - 0.5) / 9) + 0.5 for i in range(9)] + [0.95]
RECALLS = [i * (1.0 / 100) for i in range(100)] + [1.0]
AREAS = {"all": (0, 1e10), "small": (0, 32 ** 2), "medium": (32 ** 2, 96 ** 2), "large": (96 ** 2, 1e10)}
EPSILON = 2.0 ** -52
SIGMAS = [v / 10 for v in (.26, .25, .25, .35, .35, .79, .79, .72, .72, .62, .62, 1.07, 1.07, .87, .87, .89, .89)]


# Masks are sets of (column, row).

def mask_of_counts(counts, height):
    pixels, at = set(), 0
    for i, count in enumerate(counts):
        if i % 2:
            pixels.update((k // height, k % height) for k in range(at, at + count))
        at += count
    return pixels


def counts_of_mask(pixels, height, width):
    counts, last, run = [], 0, 0
    for k in range(height * width):
        value = (k // height, k % height) in pixels
        if value != last:
            counts.append(run)
            run, last = 0, value
        run += 1
    return counts + [run]


def text_of_counts(counts):
    text = ""
    for i, count in enumerate(counts):
        x = count - (counts[i - 2] if i > 2 else 0)
        while True:
            digit = x & 31
            x >>= 5
            more = x != -1 if digit & 16 else x != 0
            text += chr(48 + digit + (32 if more else 0))
            if not more:
                break
    return text


def counts_of_text(text):
    counts, at = [], 0
    while at < len(text):
        x, shift = 0, 0
        while True:
            digit = ord(text[at]) - 48
            at += 1
            x |= (digit & 31) << shift
            shift += 5
            if not digit & 32:
                if digit & 16:
                    x -= 1 << shift
                break
        counts.append(x + (counts[-2] if len(counts) > 2 else 0))
    return counts


def mask_of_polygon(xy, height, width):
    """COCO draws the border on a grid five times as fine, and fills column by column between the places where it crosses their centres."""
    fine = 5.0
    corners = [(int(fine * x + .5), int(fine * y + .5)) for x, y in zip(xy[0::2], xy[1::2])]
    border = []
    for (xs, ys), (xe, ye) in zip(corners, corners[1:] + corners[:1]):
        dx, dy = abs(xe - xs), abs(ye - ys)
        flip = xs > xe if dx >= dy else ys > ye
        if flip:
            xs, xe, ys, ye = xe, xs, ye, ys
        points = []
        if dx >= dy:
            slope = (ye - ys) / dx if dx else 0.0
            points = [(xs + t, int(ys + slope * t + .5)) for t in range(dx + 1)]
        else:
            slope = (xe - xs) / dy
            points = [(int(xs + slope * t + .5), ys + t) for t in range(dy + 1)]
        border += points[::-1] if flip else points
    crossings = []
    for (xa, ya), (xb, yb) in zip(border, border[1:]):
        if xa == xb:
            continue
        x = ((xb if xb < xa else xb - 1) + .5) / fine - .5
        if x != math.floor(x) or not 0 <= x <= width - 1:
            continue
        y = (min(ya, yb) + .5) / fine - .5
        crossings.append(int(x) * height + math.ceil(min(max(y, 0), height)))
    crossings.sort()
    pixels, inside, last = set(), False, 0
    for end in crossings + [height * width]:
        if inside:
            pixels.update((k // height, k % height) for k in range(last, end))
        inside, last = not inside, end
    return pixels


def mask_of_segmentation(segmentation, height, width):
    if isinstance(segmentation, list):
        parts = []
        for xy in segmentation:
            if len(xy) == 4:
                x, y, w, h = xy
                xy = [x, y, x, y + h, x + w, y + h, x + w, y]
            parts.append(mask_of_polygon(xy, height, width))
        return set().union(*parts)
    counts = segmentation["counts"]
    return mask_of_counts(counts_of_text(counts) if isinstance(counts, str) else counts, segmentation["size"][0])


def box_overlap(d, t):
    w = min(d["bbox"][0] + d["bbox"][2], t["bbox"][0] + t["bbox"][2]) - max(d["bbox"][0], t["bbox"][0])
    h = min(d["bbox"][1] + d["bbox"][3], t["bbox"][1] + t["bbox"][3]) - max(d["bbox"][1], t["bbox"][1])
    if w <= 0 or h <= 0:
        return 0.0
    own = d["bbox"][2] * d["bbox"][3]
    return w * h / (own if t["iscrowd"] else own + t["bbox"][2] * t["bbox"][3] - w * h)


def mask_overlap(d, t):
    both = len(d["mask"] & t["mask"])
    return both / (len(d["mask"]) if t["iscrowd"] else len(d["mask"] | t["mask"])) if both else 0.0


def keypoint_similarity(d, t):
    marked = [i for i in range(17) if t["keypoints"][3 * i + 2] > 0]
    x, y, w, h = t["bbox"]
    terms = []
    for i in marked or range(17):
        px, py = d["keypoints"][3 * i:3 * i + 2]
        if marked:
            dx, dy = px - t["keypoints"][3 * i], py - t["keypoints"][3 * i + 1]
        else:
            dx = max(0, x - w - px) + max(0, px - (x + 2 * w))
            dy = max(0, y - h - py) + max(0, py - (y + 2 * h))
        terms.append(math.exp(-(dx ** 2 + dy ** 2) / (2 * SIGMAS[i]) ** 2 / (t["area"] + EPSILON) / 2))
    return sum(terms) / len(terms)


def match(detections, truths, overlap, ignored, threshold, low, high):
    """[(score, hit, uncounted)] of one picture and category."""
    order = sorted(range(len(truths)), key=lambda j: ignored[j])
    taken, result = set(), []
    for i, d in enumerate(detections):
        best, found = min(threshold, 1 - 1e-10), None
        for j in order:
            if j in taken and not truths[j]["iscrowd"]:
                continue
            if found is not None and not ignored[found] and ignored[j]:
                break
            if overlap[i][j] >= best:
                best, found = overlap[i][j], j
        hit = found is not None and truths[found]["id"] != 0
        uncounted = found is not None and ignored[found]
        if found is not None:
            taken.add(found)
        if not hit and not low <= d["area"] <= high:
            uncounted = True
        result.append((d["score"], hit, uncounted))
    return result


def curve(entries, total):
    """Precision at the recalls, and the recall reached."""
    entries = sorted(entries, key=lambda e: -e[0])
    recalls, precisions, hits, misses = [], [], 0, 0
    for _, hit, uncounted in entries:
        hits += hit and not uncounted
        misses += not hit and not uncounted
        recalls.append(hits / total)
        precisions.append(hits / (hits + misses + EPSILON))
    best = 0.0
    for i in reversed(range(len(precisions))):
        best = precisions[i] = max(best, precisions[i])
    at = []
    for r in RECALLS:
        first = next((i for i, v in enumerate(recalls) if v >= r), None)
        at.append(0.0 if first is None else precisions[first])
    return at, recalls[-1] if recalls else 0.0


def mean(values):
    return sum(values) / len(values) if values else -1.0


def prepare(data, results, kind):
    sizes = {p["id"]: (p.get("height"), p.get("width")) for p in data["images"]}
    truths = [dict(t, iscrowd=t.get("iscrowd", 0)) for t in data["annotations"]]
    detections = [dict(d, id=i + 1) for i, d in enumerate(results)]
    has_box = bool(results) and bool(results[0].get("bbox"))
    for t in truths:
        t["ignore"] = bool(t["iscrowd"]) or (kind == "keypoints" and t["num_keypoints"] == 0)
    if kind == "segm":
        for o in truths + detections:
            o["mask"] = mask_of_segmentation(o["segmentation"], *sizes[o["image_id"]])
    for d in detections:
        if has_box:
            d["area"] = d["bbox"][2] * d["bbox"][3]
        elif kind == "segm":
            d["area"] = len(d["mask"])
        else:
            xs, ys = d["keypoints"][0::3], d["keypoints"][1::3]
            d["area"] = (max(xs) - min(xs)) * (max(ys) - min(ys))
    return truths, detections


def evaluate(data, results, kind):
    """{"AP": ..., "AP50": ..., ...} of the kind "bbox", "segm" or "keypoints"."""
    overlap_of = {"bbox": box_overlap, "segm": mask_overlap, "keypoints": keypoint_similarity}[kind]
    limits = [20] if kind == "keypoints" else [1, 10, 100]
    ranges = ["all", "medium", "large"] if kind == "keypoints" else list(AREAS)
    truths, detections = prepare(data, results, kind)
    precision, recall = {}, {}
    for category in sorted(c["id"] for c in data["categories"]):
        scenes = []
        for picture in sorted(p["id"] for p in data["images"]):
            t = [o for o in truths if (o["image_id"], o["category_id"]) == (picture, category)]
            d = [o for o in detections if (o["image_id"], o["category_id"]) == (picture, category)]
            d = sorted(d, key=lambda o: -o["score"])[:limits[-1]]
            if t or d:
                scenes.append((d, t, [[overlap_of(a, b) for b in t] for a in d]))
        for area in ranges:
            low, high = AREAS[area]
            total = sum(not (t["ignore"] or not low <= t["area"] <= high) for _, ts, _ in scenes for t in ts)
            if not total:
                continue
            for k, threshold in enumerate(OVERLAPS):
                outcomes = [match(d, t, o, [x["ignore"] or not low <= x["area"] <= high for x in t], threshold, low, high)
                            for d, t, o in scenes]
                for limit in limits:
                    entries = [e for outcome in outcomes for e in outcome[:limit]]
                    precision[k, category, area, limit], recall[k, category, area, limit] = curve(entries, total)

    def ap(area="all", limit=limits[-1], only=None):
        return mean([v for (k, _, a, m), values in precision.items() if (a, m) == (area, limit) and only in (None, k) for v in values])

    def ar(area="all", limit=limits[-1], only=None):
        return mean([v for (k, _, a, m), v in recall.items() if (a, m) == (area, limit) and only in (None, k)])

    if kind == "keypoints":
        return {"AP": ap(), "AP50": ap(only=0), "AP75": ap(only=5), "APmedium": ap("medium"), "APlarge": ap("large"),
                "AR": ar(), "AR50": ar(only=0), "AR75": ar(only=5), "ARmedium": ar("medium"), "ARlarge": ar("large")}
    return {"AP": ap(), "AP50": ap(only=0), "AP75": ap(only=5), "APsmall": ap("small"), "APmedium": ap("medium"), "APlarge": ap("large"),
            "AR1": ar(limit=1), "AR10": ar(limit=10), "AR100": ar(), "ARsmall": ar("small"), "ARmedium": ar("medium"), "ARlarge": ar("large")}
