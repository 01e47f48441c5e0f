"""Small networks of the architectures that people bring, with random weights of fixed seeds: for the tests of the quantizer.

Statistics of the normalizations are those of the calibration data, so that activations neither die out nor explode.
"""
import torch
from torch import nn
from torch.nn import functional as F


def conv_bn(cin, cout, k=3, s=1, groups=1, act=nn.ReLU):
    layers = [nn.Conv2d(cin, cout, k, s, k // 2, groups=groups, bias=False), nn.BatchNorm2d(cout)]
    return nn.Sequential(*layers, *([act()] if act else []))


class Head(nn.Sequential):
    def __init__(self, channels, classes=10):
        super().__init__(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


class SqueezeExcite(nn.Module):
    def __init__(self, c, gate=nn.Hardsigmoid, act=nn.ReLU):
        super().__init__()
        self.pool, self.down, self.up = nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, max(4, c // 4), 1), nn.Conv2d(max(4, c // 4), c, 1)
        self.act, self.gate = act(), gate()

    def forward(self, x):
        return x * self.gate(self.up(self.act(self.down(self.pool(x)))))


class InvertedResidual(nn.Module):
    def __init__(self, cin, cout, stride, expand, k=3, act=nn.ReLU6, se=None):
        super().__init__()
        mid = cin * expand
        parts = [conv_bn(cin, mid, 1, act=act)] if expand > 1 else []
        parts += [conv_bn(mid, mid, k, stride, groups=mid, act=act)] + ([se(mid)] if se else []) + [conv_bn(mid, cout, 1, act=None)]
        self.body, self.skip = nn.Sequential(*parts), stride == 1 and cin == cout

    def forward(self, x):
        return x + self.body(x) if self.skip else self.body(x)


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride=1, groups=1, bottleneck=False):
        super().__init__()
        mid = cout // 2 if bottleneck else cout
        self.body = nn.Sequential(conv_bn(cin, mid, 1), conv_bn(mid, mid, 3, stride, groups), conv_bn(mid, cout, 1, act=None)) \
            if bottleneck else nn.Sequential(conv_bn(cin, cout, 3, stride), conv_bn(cout, cout, 3, act=None))
        self.short = conv_bn(cin, cout, 1, stride, act=None) if stride > 1 or cin != cout else nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x))


class Fire(nn.Module):
    def __init__(self, cin, squeeze, expand):
        super().__init__()
        self.s, self.a, self.b = nn.Conv2d(cin, squeeze, 1), nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.s(x))
        return torch.cat([F.relu(self.a(x)), F.relu(self.b(x))], 1)


class Shuffle(nn.Module):
    def __init__(self, c):
        super().__init__()
        half = c // 2
        self.body = nn.Sequential(conv_bn(half, half, 1), conv_bn(half, half, 3, groups=half, act=None), conv_bn(half, half, 1))

    def forward(self, x):
        a, b = x.chunk(2, 1)
        x = torch.cat([a, self.body(b)], 1)
        n, c, h, w = x.shape
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


class Dense(nn.Module):
    def __init__(self, cin, growth=8, layers=3):
        super().__init__()
        self.layers = nn.ModuleList(nn.Sequential(nn.BatchNorm2d(cin + i * growth), nn.ReLU(), nn.Conv2d(cin + i * growth, growth, 3, padding=1))
                                    for i in range(layers))

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


class Inception(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv_bn(c, 8, 1), nn.Sequential(conv_bn(c, 8, 1), conv_bn(8, 8, 5))
        self.c = nn.Sequential(nn.AvgPool2d(3, 1, 1), conv_bn(c, 8, 1))
        self.d = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv_bn(c, 8, 1))

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x), self.c(x), self.d(x)], 1)


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.depthwise, self.norm = nn.Conv2d(c, c, 7, padding=3, groups=c), nn.LayerNorm(c)
        self.up, self.down, self.scale = nn.Linear(c, 4 * c), nn.Linear(4 * c, c), nn.Parameter(torch.full((c,), 0.3))

    def forward(self, x):
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + (self.scale * self.down(F.gelu(self.up(y)))).permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 4, 4), LayerNorm2d(16))
        self.blocks = nn.Sequential(ConvNeXtBlock(16), LayerNorm2d(16), nn.Conv2d(16, 32, 2, 2), ConvNeXtBlock(32))
        self.norm, self.fc = LayerNorm2d(32), nn.Linear(32, 10)

    def forward(self, x):
        x = self.blocks(self.stem(x)).mean((2, 3), keepdim=True)
        return self.fc(self.norm(x).flatten(1))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-2, -1) * (d // self.heads) ** -0.5).softmax(-1)
        return self.out((a @ v).transpose(1, 2).reshape(n, t, d))


class EncoderLayer(nn.Module):
    def __init__(self, dim, heads=2, act=F.gelu):
        super().__init__()
        self.n1, self.n2, self.att, self.act = nn.LayerNorm(dim), nn.LayerNorm(dim), Attention(dim, heads), act
        self.a, self.b = nn.Linear(dim, 2 * dim), nn.Linear(2 * dim, dim)

    def forward(self, x):
        x = x + self.att(self.n1(x))
        return x + self.b(self.act(self.a(self.n2(x))))


class ViT(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.patch = nn.Conv2d(3, dim, 8, 8)
        self.cls, self.place = nn.Parameter(0.5 * torch.randn(1, 1, dim)), nn.Parameter(0.5 * torch.randn(1, 17, dim))
        self.layers, self.norm, self.head = nn.Sequential(EncoderLayer(dim), EncoderLayer(dim)), nn.LayerNorm(dim), nn.Linear(dim, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.place
        return self.head(self.norm(self.layers(x))[:, 0])


class SwinLayer(nn.Module):
    """Attention in windows of 4x4, shifted or not."""

    def __init__(self, dim, shift):
        super().__init__()
        self.shift, self.norm, self.att = shift, nn.LayerNorm(dim), Attention(dim, 2)
        self.mlp = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        n, h, w, c = x.shape
        y = self.norm(x)
        if self.shift:
            y = torch.roll(y, (-2, -2), (1, 2))
        y = y.view(n, h // 4, 4, w // 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, c)
        y = self.att(y).view(n, h // 4, w // 4, 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h, w, c)
        if self.shift:
            y = torch.roll(y, (2, 2), (1, 2))
        x = x + y
        return x + self.mlp(x)


class Swin(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.layers = nn.Conv2d(3, 16, 4, 4), nn.Sequential(SwinLayer(16, False), SwinLayer(16, True))
        self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, 10)

    def forward(self, x):
        return self.head(self.norm(self.layers(self.patch(x).permute(0, 2, 3, 1))).mean((1, 2)))


class UNet(nn.Module):
    def __init__(self, transposed):
        super().__init__()
        self.a, self.b, self.c = conv_bn(3, 8), conv_bn(8, 16), conv_bn(16, 32)
        self.up1 = nn.ConvTranspose2d(32, 16, 2, 2) if transposed else nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(32, 16, 1))
        self.up2 = nn.ConvTranspose2d(16, 8, 2, 2) if transposed else nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), nn.Conv2d(16, 8, 1))
        self.d, self.e, self.out = conv_bn(32, 16), conv_bn(16, 8), nn.Conv2d(8, 2, 1)

    def forward(self, x):
        a = self.a(x)
        b = self.b(F.max_pool2d(a, 2))
        c = self.up1(self.c(F.max_pool2d(b, 2)))
        d = self.up2(self.d(torch.cat([c, b], 1)))
        return self.out(self.e(torch.cat([d, a], 1)))


class Tagger(nn.Module):
    def __init__(self, cell, both=False):
        super().__init__()
        self.rnn, self.fc = cell(16, 24, bidirectional=both), nn.Linear(24 * (2 if both else 1), 5)

    def forward(self, x):
        return self.fc(self.rnn(x)[0])


class Causal(nn.Module):
    def __init__(self, c, dilation):
        super().__init__()
        self.conv, self.left = nn.Conv1d(c, c, 3, dilation=dilation), 2 * dilation

    def forward(self, x):
        return x + F.relu(self.conv(F.pad(x, (self.left, 0))))


class TinyDetector(nn.Module):
    def __init__(self, act=nn.SiLU):
        super().__init__()
        self.a, self.b, self.c = conv_bn(3, 16, 3, 2, act=act), conv_bn(16, 24, 3, 2, act=act), conv_bn(24, 32, 3, 2, act=act)
        self.lateral = conv_bn(32, 24, 1, act=act)
        self.box = nn.ModuleList([nn.Conv2d(24, 4, 1), nn.Conv2d(32, 4, 1)])
        self.score = nn.ModuleList([nn.Conv2d(24, 3, 1), nn.Conv2d(32, 3, 1)])

    def forward(self, x):
        b = self.b(self.a(x))
        c = self.c(b)
        p = b + F.interpolate(self.lateral(c), scale_factor=2.0, mode="nearest")
        return self.box[0](p), self.score[0](p).sigmoid(), self.box[1](c), self.score[1](c).sigmoid()


class SpatialPyramid(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv_bn(c, c // 2, 1, act=nn.SiLU), conv_bn(2 * c, c, 1, act=nn.SiLU)

    def forward(self, x):
        x = self.a(x)
        p = F.max_pool2d(x, 5, 1, 2)
        q = F.max_pool2d(p, 5, 1, 2)
        return self.b(torch.cat([x, p, q, F.max_pool2d(q, 5, 1, 2)], 1))


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.LeakyReLU(0.1), nn.Conv2d(8, 16, 3, 2, 1), nn.PReLU(16))
        self.up = nn.Sequential(nn.ConvTranspose2d(16, 8, 4, 2, 1), nn.ELU(), nn.ConvTranspose2d(8, 3, 3, 2, 1, output_padding=1), nn.Tanh())

    def forward(self, x):
        return self.up(self.down(x))


class Crnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(conv_bn(1, 16), nn.MaxPool2d(2), conv_bn(16, 24), nn.MaxPool2d((4, 2)), conv_bn(24, 32, 3), nn.MaxPool2d((4, 1)))
        self.rnn, self.fc = nn.GRU(32, 24), nn.Linear(24, 12)

    def forward(self, x):
        return self.fc(self.rnn(self.cnn(x).squeeze(2).permute(2, 0, 1))[0])


class GlobalContext(nn.Module):
    """Attention by coordinates: means along rows and columns, Split, gates."""

    def __init__(self, c):
        super().__init__()
        self.mix, self.h, self.w = conv_bn(c, 8, 1, act=nn.Hardswish), nn.Conv2d(8, c, 1), nn.Conv2d(8, c, 1)

    def forward(self, x):
        rows, columns = x.mean(3, keepdim=True), x.mean(2, keepdim=True).permute(0, 1, 3, 2)
        h, w = self.mix(torch.cat([rows, columns], 2)).split([x.shape[2], x.shape[3]], 2)
        return x * self.h(h).sigmoid() * self.w(w.permute(0, 1, 3, 2)).sigmoid()


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.n1, self.n2 = nn.Conv2d(3, 24, 8, 8), nn.LayerNorm(24), nn.LayerNorm(24)
        self.tokens = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.channels, self.head = nn.Sequential(nn.Linear(24, 48), nn.GELU(), nn.Linear(48, 24)), nn.Linear(24, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = x + self.tokens(self.n1(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.channels(self.n2(x))
        return self.head(x.mean(1))


class Rms(nn.Module):
    """RMS normalization, rotary places and SiLU gates, as in small language models."""

    def __init__(self, dim=32):
        super().__init__()
        self.g1, self.g2, self.att = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.ones(dim)), Attention(dim, 2)
        self.gate, self.up, self.down = nn.Linear(dim, 48, bias=False), nn.Linear(dim, 48, bias=False), nn.Linear(48, dim, bias=False)

    def norm(self, x, g):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * g

    def forward(self, x):
        x = x + self.att(self.norm(x, self.g1))
        y = self.norm(x, self.g2)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Places(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.table = nn.Parameter(0.5 * torch.randn(1, 20, dim))

    def forward(self, x):
        return x + self.table


class Embedding(nn.Module):
    """L2-normalized features, as of face recognition."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(conv_bn(3, 16, 3, 2, act=lambda: nn.PReLU(16)), conv_bn(16, 32, 3, 2, act=lambda: nn.PReLU(32)))
        self.deep, self.fc = conv_bn(32, 32, 7, 1, groups=32, act=None), nn.Linear(32, 16)

    def forward(self, x):
        return F.normalize(self.fc(F.adaptive_avg_pool2d(self.deep(self.body(x)), 1).flatten(1)))


class Groups(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), norm(16), nn.ReLU(), nn.Conv2d(16, 16, 3, 1, 1), norm(16), nn.SiLU())
        self.head = Head(16)

    def forward(self, x):
        return self.head(self.body(x))


def mobile(act, se=None, k=3, expand=3):
    return nn.Sequential(conv_bn(3, 16, 3, 2, act=act), InvertedResidual(16, 16, 1, 1, k, act, se), InvertedResidual(16, 24, 2, expand, k, act, se),
                         InvertedResidual(24, 24, 1, expand, k, act, se), InvertedResidual(24, 40, 2, expand, 5, act, se), conv_bn(40, 64, 1, act=act),
                         Head(64))


def stem(*layers):
    return nn.Sequential(conv_bn(3, 16, 3, 2), *layers)


PICTURE, SOUND, TOKENS = (1, 3, 32, 32), (1, 16, 40), (1, 20, 32)
# name: how to make it, shape of its input
NETWORKS = {
    "mobilenet_v1": (lambda: stem(*[conv_bn(16, 16, 3, groups=16), conv_bn(16, 32, 1), conv_bn(32, 32, 3, 2, groups=32), conv_bn(32, 64, 1)],
                                  Head(64)), PICTURE),
    "mobilenet_v2": (lambda: mobile(nn.ReLU6), PICTURE),
    "mobilenet_v3": (lambda: mobile(nn.Hardswish, SqueezeExcite), PICTURE),
    "efficientnet": (lambda: mobile(nn.SiLU, lambda c: SqueezeExcite(c, nn.Sigmoid, nn.SiLU)), PICTURE),
    "mnasnet": (lambda: mobile(nn.ReLU, k=5), PICTURE),
    "resnet": (lambda: stem(nn.MaxPool2d(3, 2, 1), BasicBlock(16, 16), BasicBlock(16, 32, 2), BasicBlock(32, 64, 2), Head(64)), PICTURE),
    "resnet_bottleneck": (lambda: stem(BasicBlock(16, 32, 2, bottleneck=True), BasicBlock(32, 32, bottleneck=True), Head(32)), PICTURE),
    "vgg": (lambda: nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
                                  nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2048, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10)), PICTURE),
    "squeezenet": (lambda: nn.Sequential(nn.Conv2d(3, 16, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(16, 8, 16),
                                         Fire(32, 8, 16),
                                         nn.Conv2d(32, 10, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()), PICTURE),
    "shufflenet": (lambda: stem(Shuffle(16), Shuffle(16), Head(16)), PICTURE),
    "densenet": (lambda: stem(Dense(16), conv_bn(40, 20, 1), nn.AvgPool2d(2), Dense(20), nn.BatchNorm2d(44), nn.ReLU(), Head(44)), PICTURE),
    "inception": (lambda: stem(Inception(16), nn.MaxPool2d(2), Inception(32), Head(32)), PICTURE),
    "repvgg": (lambda: nn.Sequential(*[layer for c in (3, 16, 24) for layer in (nn.Conv2d(c, 16 if c == 3 else 24, 3, 2, 1), nn.ReLU())],
                                     Head(24)), PICTURE),
    "convnext": (ConvNeXt, PICTURE),
    "vit": (ViT, PICTURE),
    "swin": (Swin, PICTURE),
    "mlp_mixer": (Mixer, PICTURE),
    "unet_transposed": (lambda: UNet(True), PICTURE),
    "unet_resize": (lambda: UNet(False), PICTURE),
    "lstm_tagger": (lambda: Tagger(nn.LSTM), (12, 1, 16)),
    "gru_tagger": (lambda: Tagger(nn.GRU), (12, 1, 16)),
    "bilstm_tagger": (lambda: Tagger(nn.LSTM, True), (12, 1, 16)),
    "tcn": (lambda: nn.Sequential(Causal(16, 1), Causal(16, 2), Causal(16, 4), nn.Conv1d(16, 6, 1)), SOUND),
    "conv1d_depthwise": (lambda: nn.Sequential(nn.Conv1d(16, 16, 5, padding=2, groups=16), nn.Conv1d(16, 24, 1), nn.BatchNorm1d(24), nn.ReLU(),
                                               nn.MaxPool1d(2), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(24, 4)), SOUND),
    "kws_dscnn": (lambda: nn.Sequential(conv_bn(1, 24, 5, 2), conv_bn(24, 24, 3, groups=24), conv_bn(24, 24, 1), nn.AvgPool2d((5, 4)), nn.Flatten(),
                                        nn.Linear(192, 12)), (1, 1, 40, 20)),
    "transformer_encoder": (lambda: nn.Sequential(Places(32), EncoderLayer(32), EncoderLayer(32, act=F.relu), nn.Linear(32, 8)), TOKENS),
    "language_model": (lambda: nn.Sequential(Places(32), Rms(), Rms(), nn.Linear(32, 8)), TOKENS),
    "squeeze_excite": (lambda: stem(SqueezeExcite(16, nn.Sigmoid), conv_bn(16, 32, 3, 2), SqueezeExcite(32, nn.Sigmoid), Head(32)), PICTURE),
    "coordinate_attention": (lambda: stem(GlobalContext(16), conv_bn(16, 24), Head(24)), PICTURE),
    "super_resolution": (lambda: nn.Sequential(nn.Conv2d(3, 16, 5, padding=2), nn.Tanh(), nn.Conv2d(16, 12, 3, padding=1), nn.PixelShuffle(2)),
                         (1, 3, 16, 16)),
    "space_to_depth": (lambda: nn.Sequential(nn.PixelUnshuffle(2), conv_bn(12, 24), conv_bn(24, 24, 3, 2), Head(24)), PICTURE),
    "detector": (TinyDetector, PICTURE),
    "detector_hardswish": (lambda: TinyDetector(nn.Hardswish), PICTURE),
    "spatial_pyramid": (lambda: stem(SpatialPyramid(16), Head(16)), PICTURE),
    "autoencoder": (AutoEncoder, PICTURE),
    "crnn": (Crnn, (1, 1, 32, 48)),
    "embedding": (Embedding, PICTURE),
    "mish_softplus": (lambda: nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.Mish(), nn.Conv2d(16, 16, 3, 1, 1), nn.Softplus(), Head(16)), PICTURE),
    "group_norm": (lambda: Groups(lambda c: nn.GroupNorm(4, c)), PICTURE),
    "instance_norm": (lambda: Groups(lambda c: nn.InstanceNorm2d(c, affine=True)), PICTURE),
    "sine": (lambda: nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)), (1, 1)),
}


def samples(generator, shape, count):
    """Smooth blobs with noise on them: nets see more than white noise."""
    if len(shape) != 4:
        return torch.randn(count * shape[0], *shape[1:], generator=generator)
    coarse = torch.randn(count, shape[1], max(2, shape[2] // 8), max(2, shape[3] // 8), generator=generator)
    smooth = F.interpolate(coarse, size=shape[2:], mode="bilinear", align_corners=False)
    return smooth + 0.3 * torch.randn(count, *shape[1:], generator=generator)


def make(name, path, opset, samples_in_set=16):
    """Writes the ONNX file. @return calibration samples and one more, as tensors"""
    create, shape = NETWORKS[name]
    torch.manual_seed(sum(map(ord, name)))
    generator = torch.Generator().manual_seed(1)
    model = create()
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.momentum = 1.0
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0.0, 0.3)
        elif isinstance(module, (nn.LayerNorm, nn.GroupNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0.0, 0.2)
    calibration, test = samples(generator, shape, samples_in_set), samples(generator, shape, 1)
    model.train()
    with torch.no_grad():
        model(calibration if len(shape) == 4 or shape[0] == 1 else calibration[:shape[0]])
    model.eval()
    torch.onnx.export(model, torch.zeros(shape), path, input_names=["input"], opset_version=opset)
    return calibration, test
