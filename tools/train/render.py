"""Draws the training pictures: objects of ten classes, scenes of several objects, and articulated figures.

Every picture is a function of (kind, split, index) alone, so a data set is its seeds. Needs Pillow and numpy.
"""
import io
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

CLASSES = ["cup", "bottle", "book", "clock", "key", "umbrella", "house", "tree", "car", "fish"]
SPLITS = {"train": 1, "calib": 2, "test": 3, "show": 4}
KINDS = {"cls": 1, "detect": 2, "pose": 3}

# COCO's seventeen keypoints, in its order.
KEYPOINTS = ["nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
             "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee",
             "left_ankle", "right_ankle"]


def generator(kind, split, index):
    return np.random.default_rng([KINDS[kind], SPLITS[split], index])


def color(rng, low=0, high=255):
    return tuple(int(v) for v in rng.integers(low, high + 1, 3))


def shade(rgb, factor):
    return tuple(int(min(255, max(0, v * factor))) for v in rgb)


class Pen:
    """Draws in unit coordinates (0..1) on a square patch."""

    def __init__(self, size):
        self.size = size
        self.image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self.image)

    def points(self, coordinates):
        return [(x * self.size, y * self.size) for x, y in coordinates]

    def polygon(self, coordinates, fill):
        self.draw.polygon(self.points(coordinates), fill=fill + (255,))

    def box(self, x0, y0, x1, y1, fill, radius=0.0):
        self.draw.rounded_rectangle([v * self.size for v in (x0, y0, x1, y1)], radius * self.size, fill=fill + (255,))

    def ellipse(self, x0, y0, x1, y1, fill):
        self.draw.ellipse([v * self.size for v in (x0, y0, x1, y1)], fill=fill + (255,))

    def ring(self, x0, y0, x1, y1, fill, width):
        self.draw.arc([v * self.size for v in (x0, y0, x1, y1)], 0, 360, fill=fill + (255,),
                      width=max(1, int(width * self.size)))

    def arc(self, x0, y0, x1, y1, start, end, fill, width):
        self.draw.arc([v * self.size for v in (x0, y0, x1, y1)], start, end, fill=fill + (255,),
                      width=max(1, int(width * self.size)))

    def line(self, coordinates, fill, width):
        self.draw.line(self.points(coordinates), fill=fill + (255,), width=max(1, int(width * self.size)), joint="curve")


def draw_cup(pen, rng, main, other):
    pen.ring(0.62, 0.34, 0.94, 0.68, shade(main, 0.8), 0.07)
    pen.polygon([(0.12, 0.22), (0.74, 0.22), (0.66, 0.86), (0.2, 0.86)], main)
    pen.ellipse(0.12, 0.14, 0.74, 0.3, shade(main, 0.6))
    pen.ellipse(0.17, 0.17, 0.69, 0.28, other)


def draw_bottle(pen, rng, main, other):
    pen.box(0.42, 0.03, 0.58, 0.12, other, 0.02)
    pen.box(0.44, 0.1, 0.56, 0.32, main)
    pen.polygon([(0.44, 0.28), (0.56, 0.28), (0.7, 0.44), (0.3, 0.44)], main)
    pen.box(0.3, 0.42, 0.7, 0.97, main, 0.05)
    pen.box(0.3, 0.55, 0.7, 0.78, shade(other, 1.1))


def draw_book(pen, rng, main, other):
    pen.polygon([(0.04, 0.22), (0.5, 0.32), (0.96, 0.22), (0.96, 0.8), (0.5, 0.9), (0.04, 0.8)], main)
    pen.polygon([(0.09, 0.2), (0.5, 0.29), (0.5, 0.83), (0.09, 0.74)], (245, 242, 230))
    pen.polygon([(0.91, 0.2), (0.5, 0.29), (0.5, 0.83), (0.91, 0.74)], (232, 228, 215))
    for i in range(5):
        y = 0.34 + 0.08 * i
        pen.line([(0.14, y - 0.05), (0.45, y + 0.02)], (120, 120, 120), 0.012)
        pen.line([(0.55, y + 0.02), (0.86, y - 0.05)], (120, 120, 120), 0.012)


def draw_clock(pen, rng, main, other):
    pen.ellipse(0.05, 0.05, 0.95, 0.95, main)
    pen.ellipse(0.13, 0.13, 0.87, 0.87, (248, 248, 244))
    for i in range(12):
        a = i * math.pi / 6
        pen.line([(0.5 + 0.3 * math.sin(a), 0.5 - 0.3 * math.cos(a)),
                  (0.5 + 0.35 * math.sin(a), 0.5 - 0.35 * math.cos(a))], (30, 30, 30), 0.025)
    for length, width in ((0.2, 0.045), (0.3, 0.025)):
        a = rng.uniform(0, 2 * math.pi)
        pen.line([(0.5, 0.5), (0.5 + length * math.sin(a), 0.5 - length * math.cos(a))], shade(other, 0.4), width)


def draw_key(pen, rng, main, other):
    pen.ring(0.3, 0.03, 0.7, 0.43, main, 0.09)
    pen.box(0.45, 0.38, 0.55, 0.97, main)
    pen.box(0.55, 0.74, 0.72, 0.81, main)
    pen.box(0.55, 0.88, 0.76, 0.95, main)


def draw_umbrella(pen, rng, main, other):
    pen.line([(0.5, 0.1), (0.5, 0.84)], (70, 50, 40), 0.035)
    pen.arc(0.36, 0.76, 0.52, 0.94, 0, 180, (70, 50, 40), 0.035)
    pen.draw.pieslice([v * pen.size for v in (0.04, 0.08, 0.96, 0.92)], 180, 360, fill=main + (255,))
    for i in range(4):
        x = 0.04 + 0.23 * i
        pen.ellipse(x, 0.43, x + 0.23, 0.57, (0, 0, 0))
    patch = np.array(pen.image)
    black = (patch[..., :3].sum(2) == 0) & (patch[..., 3] == 255)
    patch[black] = 0  # the scallops are cut out
    pen.image = Image.fromarray(patch)
    pen.draw = ImageDraw.Draw(pen.image)
    pen.line([(0.5, 0.44), (0.5, 0.84)], (70, 50, 40), 0.035)
    pen.draw.pieslice([v * pen.size for v in (0.35, 0.08, 0.65, 0.92)], 180, 360, fill=other + (255,))


def draw_house(pen, rng, main, other):
    pen.box(0.14, 0.42, 0.86, 0.95, main)
    pen.polygon([(0.04, 0.46), (0.5, 0.06), (0.96, 0.46)], other)
    pen.box(0.42, 0.64, 0.58, 0.95, shade(other, 0.5))
    for x in (0.2, 0.66):
        pen.box(x, 0.55, x + 0.14, 0.69, (190, 220, 240))


def draw_tree(pen, rng, main, other):
    green = (int(rng.integers(20, 90)), int(rng.integers(110, 190)), int(rng.integers(20, 90)))
    pen.box(0.43, 0.6, 0.57, 0.97, (110, 75, 45))
    for x, y, r in ((0.5, 0.25, 0.22), (0.3, 0.42, 0.22), (0.7, 0.42, 0.22), (0.5, 0.48, 0.24)):
        pen.ellipse(x - r, y - r, x + r, y + r, shade(green, rng.uniform(0.85, 1.15)))


def draw_car(pen, rng, main, other):
    pen.polygon([(0.2, 0.52), (0.32, 0.3), (0.66, 0.3), (0.8, 0.52)], shade(main, 0.85))
    pen.polygon([(0.27, 0.5), (0.36, 0.35), (0.48, 0.35), (0.48, 0.5)], (190, 220, 240))
    pen.polygon([(0.52, 0.5), (0.52, 0.35), (0.63, 0.35), (0.72, 0.5)], (190, 220, 240))
    pen.box(0.04, 0.5, 0.96, 0.72, main, 0.06)
    for x in (0.25, 0.75):
        pen.ellipse(x - 0.12, 0.6, x + 0.12, 0.84, (25, 25, 25))
        pen.ellipse(x - 0.06, 0.66, x + 0.06, 0.78, (190, 190, 190))


def draw_fish(pen, rng, main, other):
    pen.polygon([(0.7, 0.5), (0.97, 0.28), (0.97, 0.72)], other)
    pen.polygon([(0.38, 0.34), (0.52, 0.16), (0.62, 0.36)], other)
    pen.ellipse(0.04, 0.28, 0.8, 0.72, main)
    pen.ellipse(0.15, 0.4, 0.24, 0.49, (250, 250, 250))
    pen.ellipse(0.18, 0.43, 0.22, 0.47, (10, 10, 10))
    pen.arc(0.1, 0.36, 0.42, 0.64, -60, 60, shade(main, 0.6), 0.02)


DRAWERS = [draw_cup, draw_bottle, draw_book, draw_clock, draw_key, draw_umbrella, draw_house, draw_tree, draw_car,
           draw_fish]


def background(rng, width, height):
    """A gradient with blurred shapes and noise."""
    corners = rng.integers(20, 236, (2, 2, 3)).astype(np.float32)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    field = (corners[0, 0] * (1 - y) * (1 - x) + corners[0, 1] * (1 - y) * x + corners[1, 0] * y * (1 - x) +
             corners[1, 1] * y * x)
    image = Image.fromarray(field.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(0, 9))):
        x0, y0 = rng.uniform(-0.2, 1, 2) * (width, height)
        w, h = rng.uniform(0.05, 0.6, 2) * (width, height)
        shape = [draw.rectangle, draw.ellipse][int(rng.integers(2))]
        shape([x0, y0, x0 + w, y0 + h], fill=color(rng, 20, 235))
    for _ in range(int(rng.integers(0, 6))):
        ends = rng.uniform(0, 1, 4) * (width, height, width, height)
        draw.line(list(ends), fill=color(rng, 20, 235), width=int(rng.integers(1, 5)))
    return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 4))))


def object_patch(rng, category, size):
    """A drawn object as RGBA, cropped to its pixels."""
    pen = Pen(4 * size if size < 64 else 2 * size)
    main, other = color(rng, 30, 235), color(rng, 30, 235)
    DRAWERS[category](pen, rng, main, other)
    image = pen.image
    if rng.random() < 0.5:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    stretch = rng.uniform(0.8, 1.25)
    image = image.resize((max(4, int(size * 2 * stretch)), size * 2), Image.BILINEAR)
    image = image.rotate(float(rng.normal(0, 12)), Image.BILINEAR, expand=True)
    image = image.resize((max(3, image.width // 2), max(3, image.height // 2)), Image.BOX)
    return image.crop(image.getchannel("A").point(lambda v: 255 if v > 100 else 0).getbbox() or (0, 0, 1, 1))


def finish(rng, image):
    """Light, blur, noise and JPEG's own damage."""
    field = np.asarray(image).astype(np.float32)
    field = (field - 128) * rng.uniform(0.7, 1.2) + 128 + rng.uniform(-30, 30)
    field += rng.normal(0, rng.uniform(0, 9), field.shape)
    image = Image.fromarray(np.clip(field, 0, 255).astype(np.uint8))
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.0))))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=int(rng.integers(55, 96)))
    return Image.open(io.BytesIO(stream.getvalue())).convert("RGB")


def classification(split, index, size=96):
    """(picture, category): one object, off centre, partly hidden now and then."""
    rng = generator("cls", split, index)
    category = int(rng.integers(len(CLASSES)))
    image = background(rng, size, size)
    patch = object_patch(rng, category, int(size * rng.uniform(0.45, 0.9)))
    x = int((size - patch.width) * rng.uniform(-0.1, 1.1))
    y = int((size - patch.height) * rng.uniform(-0.1, 1.1))
    image.paste(patch, (x, y), patch)
    return finish(rng, image), category


def detection(split, index, size=160, count=None):
    """(picture, boxes [n, 5]): category, x1, y1, x2, y2 in pixels. Objects overlap a little."""
    rng = generator("detect", split, index)
    image = background(rng, size, size)
    boxes = []
    for _ in range(count or int(rng.integers(1, 6))):
        category = int(rng.integers(len(CLASSES)))
        patch = object_patch(rng, category, int(size * rng.uniform(0.14, 0.5)))
        for _ in range(20):
            x = int(rng.uniform(0, max(1, size - patch.width)))
            y = int(rng.uniform(0, max(1, size - patch.height)))
            box = [x, y, min(size, x + patch.width), min(size, y + patch.height)]
            area = (box[2] - box[0]) * (box[3] - box[1])
            hidden = max([max(0, min(box[2], b[3]) - max(box[0], b[1])) * max(0, min(box[3], b[4]) - max(box[1], b[2])) /
                          min(area, (b[3] - b[1]) * (b[4] - b[2])) for b in boxes], default=0)
            if hidden < 0.2:
                image.paste(patch, (x, y), patch)
                boxes.append([category] + box)
                break
    return finish(rng, image), np.array(boxes, np.float32).reshape(-1, 5)


def figure_joints(rng):
    """Seventeen points of a figure that faces us, in units of its height, hips at the origin, y down."""
    def turn(length, angle):
        return np.array([math.sin(angle), math.cos(angle)]) * length

    lean = rng.normal(0, 0.12)
    joints = np.zeros((17, 2))
    neck = -turn(0.30, lean)
    across = np.array([math.cos(lean), -math.sin(lean)])
    shoulder, hip = rng.uniform(0.085, 0.11), rng.uniform(0.05, 0.075)
    head = neck - turn(0.115, lean + rng.normal(0, 0.15))
    glance = rng.uniform(-0.02, 0.02)
    for i, (x, y) in enumerate([(0, 0.01), (0.022, -0.015), (-0.022, -0.015), (0.05, -0.002), (-0.05, -0.002)]):
        joints[i] = head + across * (x + (glance if i < 3 else 0)) + (0, y)
    # The figure faces us: its left is at our right.
    for side, sign in ((0, 1), (1, -1)):
        joints[5 + side] = neck + across * sign * shoulder
        joints[11 + side] = across * sign * hip
        upper = sign * rng.uniform(0.05, 2.6)
        fore = upper + sign * rng.uniform(-1.6, 1.2)
        joints[7 + side] = joints[5 + side] + turn(0.16, upper)
        joints[9 + side] = joints[7 + side] + turn(0.14, fore)
        thigh = sign * rng.uniform(-0.15, 0.75)
        shin = thigh + sign * rng.uniform(-0.7, 0.15)
        joints[13 + side] = joints[11 + side] + turn(0.22, thigh)
        joints[15 + side] = joints[13 + side] + turn(0.22, shin)
    return joints, head, neck


def draw_figure(rng, image, height, at):
    """Draws one figure; returns its keypoints and box in pixels."""
    joints, head, neck = figure_joints(rng)
    scale = 2
    canvas = Image.new("RGBA", (image.width * scale, image.height * scale), (0, 0, 0, 0))
    draw = ImageDraw.Draw(canvas)

    def place(p):
        return tuple((np.asarray(p) * height + at) * scale)

    skin = tuple(int(v) for v in np.array([224, 180, 150]) * rng.uniform(0.4, 1.08))
    shirt, trousers, hair = color(rng, 20, 235), color(rng, 10, 200), color(rng, 10, 140)

    def limb(a, b, width, fill):
        w = max(2, int(width * height * scale))
        draw.line([place(a), place(b)], fill=fill + (255,), width=w)
        for p in (a, b):
            x, y = place(p)
            draw.ellipse([x - w / 2, y - w / 2, x + w / 2, y + w / 2], fill=fill + (255,))

    for side in (0, 1):
        limb(joints[11 + side], joints[13 + side], 0.075, trousers)
        limb(joints[13 + side], joints[15 + side], 0.06, shade(trousers, 0.9))
    draw.polygon([place(joints[5]), place(joints[6]), place(joints[12]), place(joints[11])], fill=shirt + (255,))
    limb(joints[5], joints[6], 0.06, shirt)
    limb(joints[11], joints[12], 0.07, trousers)
    limb(neck, head, 0.045, skin)
    for side in (0, 1):
        limb(joints[5 + side], joints[7 + side], 0.055, shade(shirt, 0.85))
        limb(joints[7 + side], joints[9 + side], 0.042, skin)

    def disc(p, radius, fill):
        x, y = place(p)
        r = radius * height * scale
        draw.ellipse([x - r, y - r, x + r, y + r], fill=fill + (255,))

    disc(head - (0, 0.015), 0.068, hair)
    for ear in (3, 4):
        disc(joints[ear], 0.014, shade(skin, 0.9))
    disc(head + (0, 0.008), 0.055, skin)
    for eye in (1, 2):
        disc(joints[eye], 0.009, (25, 25, 25))
    disc(joints[0], 0.009, shade(skin, 0.7))
    canvas = canvas.resize(image.size, Image.BOX)
    image.paste(canvas, (0, 0), canvas)
    box = canvas.getchannel("A").point(lambda v: 255 if v > 100 else 0).getbbox()
    return joints * height + at, box


def pose(split, index, size=160, count=None):
    """(picture, boxes [n, 4], keypoints [n, 17, 2]) in pixels. All keypoints lie inside the picture."""
    rng = generator("pose", split, index)
    image = background(rng, size, size)
    if rng.random() < 0.3:
        patch = object_patch(rng, int(rng.integers(len(CLASSES))), int(size * rng.uniform(0.2, 0.4)))
        image.paste(patch, tuple(int(v) for v in rng.uniform(0, size * 0.7, 2)), patch)
    boxes, points = [], []
    figures = count or int(rng.integers(1, 4))
    for _ in range(figures * 4):
        height = size * rng.uniform(0.45, 0.95 if figures == 1 else 0.7)
        trial = np.random.default_rng(rng.integers(1 << 62))
        joints, _, _ = figure_joints(np.random.default_rng(trial.bit_generator.state["state"]["state"] % (1 << 62)))
        margin = 0.09 * height
        low = -joints.min(0) * height + margin
        high = size - joints.max(0) * height - margin
        if (low >= high).any():
            continue
        at = np.array([rng.uniform(low[0], high[0]), rng.uniform(low[1], high[1])])
        area = np.concatenate([joints.min(0) * height + at, joints.max(0) * height + at])
        if any(max(0, min(area[2], b[2]) - max(area[0], b[0])) * max(0, min(area[3], b[3]) - max(area[1], b[1])) >
               0.15 * (area[2] - area[0]) * (area[3] - area[1]) for b in boxes):
            continue
        seeded = np.random.default_rng(trial.bit_generator.state["state"]["state"] % (1 << 62))
        keypoints, box = draw_figure(seeded, image, height, at)
        if box is None:
            continue
        boxes.append(box)
        points.append(keypoints)
        if len(boxes) == figures:
            break
    return (finish(rng, image), np.array(boxes, np.float32).reshape(-1, 4),
            np.array(points, np.float32).reshape(-1, 17, 2))


if __name__ == "__main__":
    import sys
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    for i in range(4):
        classification("show", i)[0].save(f"{folder}/cls_{i}.png")
        detection("show", i)[0].save(f"{folder}/detect_{i}.png")
        pose("show", i)[0].save(f"{folder}/pose_{i}.png")
