"""The three networks: MobileNetV2, YOLO11 and YOLO11-pose, at widths that fit a small flash.

Outputs of the YOLO networks are the raw heads (box0..2, score0..2, kpt0..2): firmware decodes them.
"""
import torch
from torch import nn


def pad_same(k):
    return k // 2


class Conv(nn.Module):
    """Convolution, batch normalization, SiLU (or nothing)."""

    def __init__(self, c1, c2, k=1, s=1, g=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, pad_same(k), groups=g, bias=False)
        self.bn = nn.BatchNorm2d(c2, eps=1e-3, momentum=0.03)
        self.act = nn.SiLU() if act else nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class Bottleneck(nn.Module):
    def __init__(self, c1, c2, shortcut=True, e=0.5):
        super().__init__()
        c = int(c2 * e)
        self.cv1 = Conv(c1, c, 3)
        self.cv2 = Conv(c, c2, 3)
        self.add = shortcut and c1 == c2

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.add else y


class C3k(nn.Module):
    def __init__(self, c1, c2, n=2):
        super().__init__()
        c = c2 // 2
        self.cv1 = Conv(c1, c)
        self.cv2 = Conv(c1, c)
        self.cv3 = Conv(2 * c, c2)
        self.m = nn.Sequential(*(Bottleneck(c, c, e=1.0) for _ in range(n)))

    def forward(self, x):
        return self.cv3(torch.cat((self.m(self.cv1(x)), self.cv2(x)), 1))


class C3k2(nn.Module):
    def __init__(self, c1, c2, c3k=False, e=0.5):
        super().__init__()
        self.c = int(c2 * e)
        self.cv1 = Conv(c1, 2 * self.c)
        self.cv2 = Conv(3 * self.c, c2)
        self.m = C3k(self.c, self.c) if c3k else Bottleneck(self.c, self.c)

    def forward(self, x):
        a, b = self.cv1(x).split((self.c, self.c), 1)
        return self.cv2(torch.cat((a, b, self.m(b)), 1))


class SPPF(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.cv1 = Conv(c1, c1 // 2)
        self.cv2 = Conv(c1 * 2, c2)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        y = [self.cv1(x)]
        for _ in range(3):
            y.append(self.pool(y[-1]))
        return self.cv2(torch.cat(y, 1))


class Attention(nn.Module):
    """Shapes are those of one picture while exporting, so that the graph holds no shape arithmetic."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.head_dim = dim // heads
        self.key_dim = self.head_dim // 2
        self.qkv = Conv(dim, dim + self.key_dim * heads * 2, act=False)
        self.proj = Conv(dim, dim, act=False)
        self.pe = Conv(dim, dim, 3, g=dim, act=False)

    def forward(self, x):
        b, c, h, w = (int(v) for v in x.shape)
        qkv = self.qkv(x).view(b, self.heads, self.key_dim * 2 + self.head_dim, h * w)
        q, k, v = qkv.split((self.key_dim, self.key_dim, self.head_dim), 2)
        attention = ((q.transpose(-2, -1) @ k) * self.key_dim ** -0.5).softmax(-1)
        y = (v @ attention.transpose(-2, -1)).view(b, c, h, w) + self.pe(v.reshape(b, c, h, w))
        return self.proj(y)


class PSABlock(nn.Module):
    def __init__(self, c, heads):
        super().__init__()
        self.attn = Attention(c, heads)
        self.ffn = nn.Sequential(Conv(c, 2 * c), Conv(2 * c, c, act=False))

    def forward(self, x):
        x = x + self.attn(x)
        return x + self.ffn(x)


class C2PSA(nn.Module):
    def __init__(self, c1):
        super().__init__()
        self.c = c1 // 2
        self.cv1 = Conv(c1, 2 * self.c)
        self.cv2 = Conv(2 * self.c, c1)
        self.m = PSABlock(self.c, max(1, self.c // 64))

    def forward(self, x):
        a, b = self.cv1(x).split((self.c, self.c), 1)
        return self.cv2(torch.cat((a, self.m(b)), 1))


class Yolo11(nn.Module):
    """YOLO11 with one block per stage. keypoints: 0 for detection."""

    REG_MAX = 16
    STRIDES = (8, 16, 32)

    def __init__(self, classes, keypoints=0, width=0.125):
        super().__init__()
        c1, c2, c3, c4, c5 = (int(c * width) for c in (64, 128, 256, 512, 1024))
        self.classes, self.keypoints = classes, keypoints
        self.stem = nn.Sequential(Conv(3, c1, 3, 2), Conv(c1, c2, 3, 2), C3k2(c2, c3, e=0.25), Conv(c3, c3, 3, 2),
                                  C3k2(c3, c4, e=0.25))
        self.stage4 = nn.Sequential(Conv(c4, c4, 3, 2), C3k2(c4, c4, True))
        self.stage5 = nn.Sequential(Conv(c4, c5, 3, 2), C3k2(c5, c5, True), SPPF(c5, c5), C2PSA(c5))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.up4 = C3k2(c5 + c4, c4)
        self.up3 = C3k2(c4 + c4, c3)
        self.down3 = Conv(c3, c3, 3, 2)
        self.down4 = C3k2(c3 + c4, c4)
        self.down4s = Conv(c4, c4, 3, 2)
        self.down5 = C3k2(c4 + c5, c5, True)
        channels = (c3, c4, c5)
        b, s, k = max(16, c3 // 4, 2 * self.REG_MAX), max(c3, min(classes, 100)), max(c3 // 2, 32)
        self.box = nn.ModuleList(nn.Sequential(Conv(c, b, 3), Conv(b, b, 3), nn.Conv2d(b, 4 * self.REG_MAX, 1))
                                 for c in channels)
        self.score = nn.ModuleList(nn.Sequential(Conv(c, c, 3, g=c), Conv(c, s), Conv(s, s, 3, g=s), Conv(s, s),
                                                 nn.Conv2d(s, classes, 1)) for c in channels)
        self.kpt = nn.ModuleList(nn.Sequential(Conv(c, k, 3), Conv(k, k, 3), nn.Conv2d(k, 3 * keypoints, 1))
                                 for c in channels) if keypoints else None
        for head, stride in zip(self.score, self.STRIDES):
            # As rare as objects are: about five in a picture of 160 pixels.
            nn.init.constant_(head[-1].bias, float(torch.log(torch.tensor(5 / classes / (160 / stride) ** 2))))
        for head in self.box:
            nn.init.constant_(head[-1].bias, 1.0)

    def forward(self, x):
        p3 = self.stem(x)
        p4 = self.stage4(p3)
        p5 = self.stage5(p4)
        u4 = self.up4(torch.cat((self.up(p5), p4), 1))
        n3 = self.up3(torch.cat((self.up(u4), p3), 1))
        n4 = self.down4(torch.cat((self.down3(n3), u4), 1))
        n5 = self.down5(torch.cat((self.down4s(n4), p5), 1))
        levels = (n3, n4, n5)
        heads = [self.box, self.score] + ([self.kpt] if self.kpt else [])
        return tuple(head[i](levels[i]) for head in heads for i in range(3))

    def output_names(self):
        return [name + str(i) for name in ["box", "score"] + (["kpt"] if self.kpt else []) for i in range(3)]


class InvertedResidual(nn.Module):
    def __init__(self, c1, c2, s, expand):
        super().__init__()
        c = c1 * expand

        def conv(a, b, k, stride, g, act):
            layers = [nn.Conv2d(a, b, k, stride, pad_same(k), groups=g, bias=False), nn.BatchNorm2d(b)]
            return layers + ([nn.ReLU()] if act else [])

        layers = conv(c1, c, 1, 1, 1, True) if expand != 1 else []
        self.body = nn.Sequential(*layers, *conv(c, c, 3, s, c, True), *conv(c, c2, 1, 1, 1, False))
        self.add = s == 1 and c1 == c2

    def forward(self, x):
        return x + self.body(x) if self.add else self.body(x)


class MobileNetV2(nn.Module):
    PLAN = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))

    def __init__(self, classes, width=0.35, last=320):
        super().__init__()

        def channels(c):
            return max(8, int(c * width + 4) // 8 * 8)

        c = channels(32)
        layers = [nn.Conv2d(3, c, 3, 2, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU()]
        for expand, out, n, s in self.PLAN:
            for i in range(n):
                layers.append(InvertedResidual(c, channels(out), s if i == 0 else 1, expand))
                c = channels(out)
        layers += [nn.Conv2d(c, last, 1, bias=False), nn.BatchNorm2d(last), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(last, classes)

    def forward(self, x):
        return self.classifier(torch.flatten(self.pool(self.features(x)), 1))


def build(kind, classes):
    if kind == "cls":
        return MobileNetV2(classes)
    return Yolo11(1, 17) if kind == "pose" else Yolo11(classes)
