"""Detection and pose losses: task-aligned assignment, CIoU, distribution focal loss, OKS for keypoints."""
import math

import torch
import torch.nn.functional as F

# COCO's keypoint tolerances.
SIGMAS = torch.tensor([.26, .25, .25, .35, .35, .79, .79, .72, .72, .62, .62, 1.07, 1.07, .87, .87, .89, .89]) / 10


def anchors(outputs, strides):
    """Centres (in pixels) and strides of all cells of the three levels."""
    centres, scale = [], []
    for output, stride in zip(outputs[:3], strides):
        h, w = output.shape[-2:]
        y, x = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
        centres.append(torch.stack((x, y), -1).view(-1, 2) * stride)
        scale.append(torch.full((h * w, 1), float(stride)))
    return torch.cat(centres), torch.cat(scale)


def flatten(levels):
    return torch.cat([level.flatten(2).transpose(1, 2) for level in levels], 1)


def decode_boxes(distribution, centres, scale, reg_max=16):
    """[b, n, 64] raw → x1, y1, x2, y2 in pixels."""
    b, n, _ = distribution.shape
    sides = distribution.view(b, n, 4, reg_max).softmax(-1) @ torch.arange(reg_max, dtype=distribution.dtype)
    return torch.cat((centres - sides[..., :2] * scale, centres + sides[..., 2:] * scale), -1)


def decode_keypoints(raw, centres, scale):
    """[b, n, 51] raw → [b, n, 17, 3]: x, y in pixels, raw visibility."""
    k = raw.view(*raw.shape[:2], -1, 3)
    corner = (centres - 0.5 * scale).view(1, -1, 1, 2)
    return torch.cat((k[..., :2] * 2 * scale.view(1, -1, 1, 1) + corner, k[..., 2:]), -1)


def ciou(a, b, eps=1e-7):
    x1, y1 = torch.max(a[..., 0], b[..., 0]), torch.max(a[..., 1], b[..., 1])
    x2, y2 = torch.min(a[..., 2], b[..., 2]), torch.min(a[..., 3], b[..., 3])
    inter = (x2 - x1).clamp(0) * (y2 - y1).clamp(0)
    wa, ha = a[..., 2] - a[..., 0], a[..., 3] - a[..., 1] + eps
    wb, hb = b[..., 2] - b[..., 0], b[..., 3] - b[..., 1] + eps
    iou = inter / (wa * ha + wb * hb - inter + eps)
    cw = torch.max(a[..., 2], b[..., 2]) - torch.min(a[..., 0], b[..., 0])
    ch = torch.max(a[..., 3], b[..., 3]) - torch.min(a[..., 1], b[..., 1])
    rho = ((a[..., 0] + a[..., 2] - b[..., 0] - b[..., 2]) ** 2 + (a[..., 1] + a[..., 3] - b[..., 1] - b[..., 3]) ** 2) / 4
    v = 4 / math.pi ** 2 * (torch.atan(wb / hb) - torch.atan(wa / ha)) ** 2
    with torch.no_grad():
        alpha = v / (v - iou + 1 + eps)
    return iou - rho / (cw ** 2 + ch ** 2 + eps) - v * alpha


@torch.no_grad()
def assign(scores, boxes, centres, categories, truth, mask, topk=10, alpha=0.5, beta=6.0):
    """
    Task-aligned assignment. truth [b, m, 4], categories [b, m], mask [b, m] (which of the m exist).
    Returns per cell: index of its object, whether it has one, and the weight of its score.
    """
    iou = ciou(truth.unsqueeze(2), boxes.unsqueeze(1)).clamp(0)  # [b, m, n]
    picked = scores.sigmoid().transpose(1, 2).gather(1, categories.unsqueeze(-1).expand(-1, -1, scores.shape[1]))
    inside = torch.cat((centres - truth[..., None, :2], truth[..., None, 2:] - centres), -1).amin(-1) > 0
    inside = inside & mask.unsqueeze(-1)
    metric = picked ** alpha * iou ** beta * inside
    top = torch.zeros_like(metric, dtype=torch.bool).scatter_(2, metric.topk(topk, -1).indices, True)
    chosen = top & inside & (metric > 0)
    several = chosen.sum(1, keepdim=True) > 1
    best = F.one_hot((iou * inside).argmax(1), truth.shape[1]).transpose(1, 2).bool()
    chosen = torch.where(several, chosen & best, chosen)
    owner = chosen.float().argmax(1)
    metric = metric * chosen
    weight = metric * (iou * chosen).amax(-1, keepdim=True) / (metric.amax(-1, keepdim=True) + 1e-9)
    return owner, chosen.any(1), weight.amax(1)


class Loss:
    def __init__(self, model):
        self.model = model

    def __call__(self, outputs, truth, categories, mask, keypoints=None):
        centres, scale = anchors(outputs, self.model.STRIDES)
        raw, scores = flatten(outputs[:3]), flatten(outputs[3:6])
        boxes = decode_boxes(raw, centres, scale)
        owner, positive, weight = assign(scores.detach(), boxes.detach(), centres, categories, truth, mask)
        total = weight.sum().clamp(1.0)

        target = torch.zeros_like(scores)
        target.scatter_(2, categories.gather(1, owner).unsqueeze(-1), (weight * positive).unsqueeze(-1))
        loss_score = F.binary_cross_entropy_with_logits(scores, target, reduction="sum") / total
        if not positive.any():
            return loss_score, (float(loss_score), 0.0, 0.0, 0.0)

        goal = truth.gather(1, owner.unsqueeze(-1).expand(-1, -1, 4))
        w = weight[positive]
        loss_box = ((1 - ciou(boxes[positive], goal[positive])) * w).sum() / total
        ltrb = torch.cat((centres - goal[..., :2], goal[..., 2:] - centres), -1) / scale
        ltrb = ltrb[positive].clamp(0, 14.99)
        left = ltrb.long()
        share = ltrb - left
        logs = raw[positive].view(-1, 4, 16).log_softmax(-1)
        dfl = -(logs.gather(-1, left.unsqueeze(-1)).squeeze(-1) * (1 - share) +
                logs.gather(-1, left.unsqueeze(-1) + 1).squeeze(-1) * share)
        loss_dfl = (dfl.mean(-1) * w).sum() / total
        loss = 7.5 * loss_box + 0.5 * loss_score + 1.5 * loss_dfl

        loss_kpt = torch.zeros(())
        if keypoints is not None:
            seen = decode_keypoints(flatten(outputs[6:9]), centres, scale)[positive]
            index = owner.view(*owner.shape, 1, 1).expand(-1, -1, 17, 2)
            wanted = keypoints.gather(1, index)[positive]
            area = ((goal[..., 2] - goal[..., 0]) * (goal[..., 3] - goal[..., 1]))[positive].unsqueeze(-1)
            d = ((seen[..., :2] - wanted) ** 2).sum(-1)
            e = d / ((2 * SIGMAS) ** 2 * (area + 1e-9) * 2)
            loss_kpt = (1 - torch.exp(-e)).mean()
            visible = F.binary_cross_entropy_with_logits(seen[..., 2], torch.ones_like(seen[..., 2]))
            loss = loss + 12.0 * loss_kpt + 1.0 * visible
        return loss, (float(loss_score), float(loss_box), float(loss_dfl), float(loss_kpt))
