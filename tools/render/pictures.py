#!/usr/bin/python3
"""Draws the pictures that the apps carry within them: a cat, a street, two people.

Usage: pictures.py [ROOT]     writes apps/*/main/*.jpg below ROOT (default: this checkout). Needs Pillow (python3-pil).
Nothing is random, so the same Pillow gives the same files.
"""

import math
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SCALE = 3  # drawn larger, then reduced: smooth edges


class Canvas:
    """Drawing in pixels of the final picture."""

    def __init__(self, width, height, sky, ground, horizon):
        self.size = (width, height)
        self.image = Image.new("RGB", (width * SCALE, height * SCALE))
        self.draw = ImageDraw.Draw(self.image)
        for y in range(height * SCALE):
            t = y / (height * SCALE)
            top, bottom = (sky, tuple(min(255, c + 40) for c in sky)) if t < horizon else (ground, tuple(int(c * 0.7) for c in ground))
            t = t / horizon if t < horizon else (t - horizon) / (1 - horizon)
            self.draw.line([(0, y), (width * SCALE, y)], fill=tuple(int(a + (b - a) * t) for a, b in zip(top, bottom)))

    @staticmethod
    def _scaled(points):
        return [(x * SCALE, y * SCALE) for x, y in points]

    def polygon(self, points, fill):
        self.draw.polygon(self._scaled(points), fill=fill)

    def ellipse(self, cx, cy, rx, ry, fill):
        self.draw.ellipse([v * SCALE for v in (cx - rx, cy - ry, cx + rx, cy + ry)], fill=fill)

    def box(self, x0, y0, x1, y1, fill, radius=0):
        self.draw.rounded_rectangle([v * SCALE for v in (x0, y0, x1, y1)], radius * SCALE, fill=fill)

    def line(self, points, fill, width):
        self.draw.line(self._scaled(points), fill=fill, width=int(width * SCALE), joint="curve")
        for x, y in points:
            self.ellipse(x, y, width / 2, width / 2, fill)

    def save(self, path):
        image = self.image.resize(self.size, Image.LANCZOS).filter(ImageFilter.GaussianBlur(0.4))
        # Baseline and 4:2:0, as the chip's decoder likes it.
        image.save(path, quality=90, subsampling="4:2:0", progressive=False, optimize=True)
        print(f"{path}: {image.width}x{image.height}, {path.stat().st_size} bytes")


def cat(path):
    c = Canvas(300, 300, (196, 180, 160), (150, 110, 80), 0.72)
    fur, dark, light = (150, 120, 92), (84, 64, 48), (226, 210, 190)
    c.line([(214, 262), (262, 240), (268, 190), (246, 160)], fur, 20)  # tail
    for i, (x, y) in enumerate([(240, 252), (264, 222), (266, 192)]):
        c.line([(x - 8, y - 6 + i), (x + 8, y + 4 + i)], dark, 6)
    c.ellipse(150, 215, 78, 72, fur)
    for i in range(5):
        c.line([(90 + 4 * i, 180 + 16 * i), (118 + 2 * i, 190 + 14 * i)], dark, 5)
        c.line([(210 - 4 * i, 180 + 16 * i), (182 - 2 * i, 190 + 14 * i)], dark, 5)
    c.ellipse(150, 235, 36, 50, light)
    for x in (118, 182):
        c.ellipse(x, 278, 24, 14, fur)
        for d in (-8, 0, 8):
            c.line([(x + d, 276), (x + d, 286)], dark, 2)
    for side in (-1, 1):
        c.polygon([(150 + side * 68, 110), (150 + side * 62, 28), (150 + side * 14, 72)], fur)
        c.polygon([(150 + side * 58, 92), (150 + side * 55, 48), (150 + side * 28, 74)], (206, 150, 140))
    c.ellipse(150, 118, 74, 62, fur)
    for d in (-22, 0, 22):  # the tabby's marks
        c.line([(150 + d, 62), (150 + d * 0.7, 92)], dark, 6)
    for side in (-1, 1):
        for i in range(3):
            c.line([(150 + side * 72, 112 + 14 * i), (150 + side * 50, 114 + 12 * i)], dark, 4)
        c.ellipse(150 + side * 30, 112, 17, 14, (250, 250, 244))
        c.ellipse(150 + side * 30, 112, 14, 13, (150, 180, 70))
        c.ellipse(150 + side * 30, 112, 5, 12, (16, 16, 16))
        c.ellipse(150 + side * 27, 107, 3, 3, (255, 255, 255))
    c.ellipse(136, 148, 18, 14, light)
    c.ellipse(164, 148, 18, 14, light)
    c.polygon([(140, 132), (160, 132), (150, 144)], (200, 120, 116))
    c.line([(150, 144), (150, 152), (140, 160)], dark, 2)
    c.line([(150, 152), (160, 160)], dark, 2)
    for side in (-1, 1):
        for i in range(3):
            c.line([(150 + side * 22, 148 + 4 * i), (150 + side * 88, 138 + 12 * i)], (245, 240, 232), 1)
    c.save(path)


def person(c, x, y, height, shirt, trousers, skin, hair, swing=0.0, raised=0.0):
    """Standing with the feet at (x, y)."""
    h = height
    arm, leg = 0.19 * h, 0.24 * h

    def limb(start, first, second, length, color, width):
        elbow = (start[0] + length * math.sin(first), start[1] + length * math.cos(first))
        end = (elbow[0] + length * math.sin(second), elbow[1] + length * math.cos(second))
        c.line([start, elbow, end], color, width)
        return end

    hip, shoulder = y - 0.48 * h, y - 0.81 * h
    for side in (-1, 1):
        foot = limb((x + side * 0.055 * h, hip), side * swing, side * swing * 0.4, leg, trousers, 0.085 * h)
        c.ellipse(foot[0] + 0.02 * h, foot[1], 0.05 * h, 0.022 * h, (40, 34, 30))
    c.box(x - 0.115 * h, shoulder - 0.02 * h, x + 0.115 * h, hip + 0.03 * h, shirt, 0.05 * h)
    for side in (-1, 1):
        angle = side * (0.18 + swing) if side < 0 or not raised else raised
        hand = limb((x + side * 0.115 * h, shoulder + 0.02 * h), angle, angle * (1.0 if not raised or side < 0 else 1.15), arm,
                    tuple(int(v * 0.85) for v in shirt), 0.06 * h)
        c.ellipse(*hand, 0.03 * h, 0.03 * h, skin)
    c.line([(x, shoulder), (x, y - 0.87 * h)], skin, 0.06 * h)
    c.ellipse(x, y - 0.93 * h, 0.062 * h, 0.08 * h, hair)
    c.ellipse(x, y - 0.915 * h, 0.056 * h, 0.07 * h, skin)
    for side in (-1, 1):
        c.ellipse(x + side * 0.061 * h, y - 0.915 * h, 0.012 * h, 0.02 * h, skin)
        c.ellipse(x + side * 0.023 * h, y - 0.93 * h, 0.008 * h, 0.008 * h, (20, 20, 20))
    c.ellipse(x, y - 0.908 * h, 0.01 * h, 0.013 * h, tuple(int(v * 0.8) for v in skin))
    c.line([(x - 0.02 * h, y - 0.882 * h), (x + 0.02 * h, y - 0.882 * h)], (150, 70, 70), 0.008 * h)


def street(path):
    c = Canvas(480, 360, (120, 165, 215), (92, 92, 96), 0.62)
    for x, width, top, color in ((0, 90, 60, (168, 150, 140)), (90, 110, 30, (190, 176, 150)), (330, 150, 50, (150, 140, 146))):
        c.box(x, top, x + width, 226, color)
        for row in range(4):
            for column in range(width // 26):
                c.box(x + 8 + 26 * column, top + 12 + 36 * row, x + 24 + 26 * column, top + 36 + 36 * row, (70, 90, 110))
    c.box(0, 222, 480, 242, (176, 172, 166))
    for i in range(6):
        c.polygon([(20 + 90 * i, 318), (70 + 90 * i, 318), (64 + 90 * i, 326), (10 + 90 * i, 326)], (230, 230, 220))
    # The bus, seen from the side.
    c.ellipse(215, 286, 150, 8, (60, 60, 64))
    c.box(80, 116, 350, 272, (196, 40, 44), 14)
    c.box(80, 200, 350, 214, (240, 236, 226))
    for i in range(5):
        c.box(92 + 44 * i, 134, 130 + 44 * i, 186, (150, 196, 216), 4)
        c.polygon([(96 + 44 * i, 182), (112 + 44 * i, 138), (120 + 44 * i, 138), (104 + 44 * i, 182)], (190, 222, 234))
    c.box(312, 132, 346, 240, (150, 196, 216), 6)
    c.box(262, 206, 300, 264, (120, 160, 180), 3)
    c.line([(281, 206), (281, 264)], (60, 60, 60), 2)
    c.box(336, 246, 352, 256, (250, 240, 180), 3)
    c.box(140, 120, 260, 131, (30, 30, 30), 3)
    for i in range(10):
        c.ellipse(152 + 10 * i, 125.5, 2, 2, (250, 180, 40))
    for x in (134, 304):
        c.ellipse(x, 270, 26, 26, (34, 34, 36))
        c.ellipse(x, 270, 13, 13, (170, 170, 176))
        c.ellipse(x, 270, 4, 4, (90, 90, 94))
    person(c, 52, 334, 170, (40, 70, 140), (50, 46, 60), (222, 178, 150), (60, 40, 30), 0.2)
    person(c, 392, 338, 176, (226, 190, 60), (70, 84, 110), (150, 104, 78), (24, 20, 20), 0.12)
    person(c, 446, 318, 150, (90, 150, 96), (120, 96, 76), (230, 190, 164), (150, 96, 50), 0.26)
    c.save(path)


def people(path):
    c = Canvas(400, 400, (172, 206, 226), (112, 156, 88), 0.55)
    c.ellipse(330, 66, 30, 30, (252, 236, 170))
    c.ellipse(60, 214, 120, 46, (90, 138, 80))
    c.ellipse(330, 220, 150, 40, (98, 146, 84))
    c.ellipse(128, 372, 62, 10, (80, 116, 66))
    c.ellipse(284, 366, 58, 9, (80, 116, 66))
    person(c, 128, 366, 310, (200, 60, 60), (46, 58, 96), (226, 184, 158), (70, 44, 30), 0.16)
    person(c, 284, 360, 290, (60, 120, 170), (90, 78, 64), (164, 116, 88), (20, 18, 18), 0.1, 2.6)
    c.save(path)


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    cat(root / "apps/mobilenetv2_cls/main/cat.jpg")
    street(root / "apps/yolo11_detect/main/street.jpg")
    people(root / "apps/yolo11_pose/main/people.jpg")


if __name__ == "__main__":
    main()
