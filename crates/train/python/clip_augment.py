"""Many pictures at once as they might also have been drawn or taken: what the model learns must not hang on the style of a sheet.

A sheet's style is outline, shading, palette, proportions and ground; each is changed by a law that knows no sheet: outlines grown from the
alpha channel, light from an embossed height, colours through a matrix, shapes through a smooth displacement, two styles laid over each other.
"""

import math

import torch
import torch.nn.functional as F

MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(1, 3, 1, 1)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(1, 3, 1, 1)
SIDE = 64


class Dice:
    """Random numbers of a batch on one device."""

    def __init__(self, count, generator, device):
        self.count, self.generator, self.device = count, generator, device

    def uniform(self, low, high, *shape):
        drawn = torch.rand(self.count, *shape, generator=self.generator, device=self.device)
        return low + (high - low) * drawn

    def normal(self, *shape):
        return torch.randn(self.count, *shape, generator=self.generator, device=self.device)

    def chance(self, share):
        """1 for a share of the batch, 0 for the others: `[count, 1, 1, 1]`."""
        return (self.uniform(0, 1) < share).float().view(-1, 1, 1, 1)


def warp(dice, photo, strength):
    """Where each pixel of a view looks in its picture: `[n, side, side, 2]`."""
    n, device = dice.count, dice.device
    line = (torch.arange(SIDE, device=device) + 0.5) / SIDE * 2 - 1
    v, u = torch.meshgrid(line, line, indexing="ij")
    angle = dice.uniform(-0.22, 0.22) * strength
    # Below 1 a part is seen, above 1 the object shrinks into its ground.
    scale = dice.uniform(1 - 0.42 * strength, 1.0) if photo else dice.uniform(1 - 0.2 * strength, 1 + 0.5 * strength)
    stretch = 1 + dice.uniform(-0.16, 0.16) * strength
    free = 1 - scale if photo else torch.full_like(scale, 0.18 * strength)
    mirror = torch.where(dice.uniform(0, 1) < (0.5 if photo else 0.04 * strength), -1.0, 1.0)
    shear = dice.uniform(-0.12, 0.12) * strength
    cos, sin = angle.cos(), angle.sin()
    sx, sy = mirror * scale * stretch, scale / stretch
    matrix = torch.stack([cos * sx, (shear - sin) * sx, sin * sy, cos * sy], 1).view(n, 2, 2)
    grid = torch.stack([u, v], -1).view(1, -1, 2) @ matrix.transpose(1, 2)
    grid = grid + (dice.uniform(-1, 1, 2) * free[:, None])[:, None]
    bend = F.interpolate(dice.normal(2, 5, 5) * 0.05 * strength, SIDE, mode="bilinear", align_corners=True)
    return grid.view(n, SIDE, SIDE, 2) + bend.permute(0, 2, 3, 1) * dice.chance(0.6)


def blur(x, size):
    return F.avg_pool2d(x, size, 1, size // 2, count_include_pad=False)


def colour_matrix(dice, strength):
    """Saturation, turn of the hue, brightness and a cast as one matrix on RGB: `[n, 3, 3]`."""
    grey = torch.tensor([0.299, 0.587, 0.114], device=dice.device).expand(3, 3)
    unit = torch.eye(3, device=dice.device)
    dot = torch.full((3, 3), 1 / 3, device=dice.device)
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], device=dice.device) * 3**-0.5
    how = dice.uniform(0, 1)
    # Mostly a little: a red heart must not be taught to be blue. Seldom anything: what is drawn is told by its shape too.
    most = torch.where(how < 0.7, 0.15, torch.where(how < 0.94, 0.5, math.pi))
    angle = (dice.uniform(-1, 1) * most * strength).view(-1, 1, 1)
    turn = angle.cos() * unit + (1 - angle.cos()) * dot + angle.sin() * cross
    saturation = (1 + dice.uniform(-0.5, 0.5) * strength) * (dice.uniform(0, 1) > 0.1 * strength)
    saturate = grey + saturation.view(-1, 1, 1) * (unit - grey)
    cast = 1 + dice.uniform(-0.08, 0.08, 3) * strength
    bright = 1 + dice.uniform(-0.2, 0.2, 1) * strength
    return torch.diag_embed(cast * bright) @ saturate @ turn


def drawn(rgba, dice, strength):
    """Outline, light, flatness and palette of emoji: `[n, 4, side, side]`, colours multiplied by alpha."""
    rgb, alpha = rgba[:, :3], rgba[:, 3:]
    colour = rgb / alpha.clamp_min(0.02)
    # A few colours, as flat drawings and prints have.
    levels = dice.uniform(2, 6).round().view(-1, 1, 1, 1)
    colour = torch.lerp(colour, (colour * levels).round() / levels, dice.chance(0.12 * strength))
    # Ink where neighbours differ, as in comics and line drawings.
    edge = (F.max_pool2d(colour.mean(1, keepdim=True), 3, 1, 1) + F.max_pool2d(-colour.mean(1, keepdim=True), 3, 1, 1)).clamp(0, 1)
    ink = (edge * 2.5).clamp(0, 1) * dice.chance(0.15 * strength) * dice.uniform(0.3, 1, 1, 1, 1)
    line = dice.chance(0.04 * strength)
    colour = torch.lerp(colour, torch.ones_like(colour), line) * (1 - torch.maximum(ink, (edge * 3).clamp(0, 1) * line))
    # Light from a side on a height that falls to the edge, on the whole or on lighter parts too.
    height = blur(blur(alpha, 7), 5) + blur(colour.mean(1, keepdim=True), 3) * dice.uniform(-0.3, 0.5, 1, 1, 1)
    across = F.pad(height[..., 2:] - height[..., :-2], (1, 1, 0, 0))
    down = F.pad(height[..., 2:, :] - height[..., :-2, :], (0, 0, 1, 1))
    angle = dice.uniform(-math.pi, math.pi, 1, 1, 1)
    lit = (across * angle.cos() + down * angle.sin()) * dice.uniform(0.3, 1.6, 1, 1, 1) * dice.chance(0.4 * strength)
    ramp = torch.linspace(-1, 1, SIDE, device=dice.device)
    slope = (ramp * angle.cos() + ramp.view(-1, 1) * angle.sin()) * dice.uniform(0, 0.3, 1, 1, 1) * dice.chance(0.4 * strength)
    colour = (colour * (1 + slope) + lit).clamp(0, 1)
    thin = dice.chance(0.1 * strength)
    alpha = torch.lerp(alpha, -F.max_pool2d(-alpha, 3, 1, 1), thin)
    # A line round the whole: dark, white as on stickers, or any.
    ring = torch.lerp(F.max_pool2d(alpha, 3, 1, 1), F.max_pool2d(alpha, 5, 1, 2), dice.chance(0.4)) * dice.chance(0.3 * strength)
    light = torch.where(dice.chance(0.6) > 0, torch.ones((), device=dice.device), dice.uniform(0, 1, 3, 1, 1))
    pen = torch.where(dice.chance(0.6) > 0, dice.uniform(0, 0.3, 1, 1, 1), light)
    whole = torch.maximum(alpha, ring)
    return torch.cat([colour * alpha + pen * (whole - alpha), whole], 1)


def grounds(photos, dice, strength):
    """White mostly; else a colour, a gradient, near black, or a photo."""
    n = dice.count
    ramp = torch.linspace(0, 1, SIDE, device=dice.device)
    angle = dice.uniform(0, 2 * math.pi, 1, 1, 1)
    t = (0.5 + (ramp - 0.5) * angle.cos() + (ramp.view(-1, 1) - 0.5) * angle.sin()).clamp(0, 1)
    one, other = dice.uniform(0, 1, 3, 1, 1), dice.uniform(0, 1, 3, 1, 1)
    kind = dice.uniform(0, 1, 1, 1, 1)
    out = one + (other - one) * t * (kind < 0.5)
    out = torch.where(kind < 0.12, dice.uniform(0, 0.12, 1, 1, 1).expand_as(out), out)
    if photos is not None and len(photos):
        pick = torch.randint(len(photos), (n,), generator=dice.generator, device=dice.device)
        out = torch.where(kind > 0.82, photos[pick], out)
    return torch.where(dice.uniform(0, 1, 1, 1, 1) > 0.6 * strength, torch.ones_like(out), out)


def recoloured(rgb, dice, strength):
    """Contrast, blur, noise and gamma, as files and cameras add."""
    contrast = (1 + dice.uniform(-0.25, 0.25) * strength).view(-1, 1, 1, 1)
    rgb = (rgb - 0.5) * contrast + 0.5
    gamma = (dice.uniform(-0.3, 0.3) * strength).exp().view(-1, 1, 1, 1)
    rgb = rgb.clamp(0, 1).add(1e-4).pow(gamma)
    rgb = torch.lerp(rgb, blur(rgb, 3), dice.chance(0.15 * strength))
    noise = dice.uniform(0, 0.06, 1, 1, 1) * dice.chance(0.15 * strength)
    return rgb + dice.normal(3, SIDE, SIDE) * noise


def normalised(rgb):
    return (rgb.clamp(0, 1) - MEAN.to(rgb.device)) / STD.to(rgb.device)


def photo_views(photos, strength, generator):
    """`[n, 3, 96, 96]` bytes to views: `[n, 3, side, side]`, not yet normalised, and clean grounds of them."""
    dice = Dice(len(photos), generator, photos.device)
    x = photos.float() / 255
    # Smoothed before it is sampled more coarsely.
    seen = F.grid_sample(blur(x, 3) * 0.5 + x * 0.5, warp(dice, True, strength), mode="bilinear", padding_mode="reflection", align_corners=False)
    seen = (colour_matrix(dice, 0.7 * strength) @ seen.flatten(2)).view_as(seen)
    return recoloured(seen, dice, strength)


def emoji_views(cells, others, photos, strength, generator):
    """`[n, 4, 64, 64]` bytes, the same concepts in another style, and views of photos to stand on: `[n, 3, side, side]`."""
    dice = Dice(len(cells), generator, cells.device)
    x, y = cells.float() / 255, others.float() / 255
    x, y = (torch.cat([p[:, :3] * p[:, 3:], p[:, 3:]], 1) for p in (x, y))
    x = torch.lerp(x, y, dice.uniform(0.2, 0.8, 1, 1, 1) * dice.chance(0.25 * strength))
    x = F.grid_sample(x, warp(dice, False, strength), mode="bilinear", padding_mode="zeros", align_corners=False)
    x = drawn(x, dice, strength)
    rgb = (colour_matrix(dice, strength) @ x[:, :3].flatten(2)).view_as(x[:, :3]).clamp(0, 1)
    rgb = rgb + grounds(photos, dice, strength) * (1 - x[:, 3:])
    return recoloured(rgb, dice, 0.7 * strength)
