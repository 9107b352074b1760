"""Weights and inputs from a formula that tests/src/formula.rs repeats bit for bit, so that a model of full size
needs no file: the number at `index` of the tensor `name` depends on these two alone.

Everything is exact in f32: 24 random bits less one half, times a power of two, plus 0 or 1.
"""

import numpy

GOLDEN = numpy.uint64(0x9E3779B97F4A7C15)
LOGIT_SCALE = 2.6592


def fnv1a64(name):
    found = 0xCBF29CE484222325
    for byte in name.encode():
        found = (found ^ byte) * 0x100000001B3 % 2**64
    return numpy.uint64(found)


def bits(name, count):
    """24 random bits for each index, by the finaliser of splitmix64."""
    with numpy.errstate(over="ignore"):
        x = fnv1a64(name) ^ (numpy.arange(count, dtype=numpy.uint64) * GOLDEN)
        x = (x ^ (x >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        x = x ^ (x >> numpy.uint64(31))
    return x >> numpy.uint64(40)


def uniform(name, count):
    """-0.5 to 0.5"""
    return bits(name, count).astype(numpy.float32) / numpy.float32(2**24) - numpy.float32(0.5)


def offset_and_scale(name, shape):
    """Norms near 1, biases near 0, and matrices such that activations keep their size over twelve layers."""
    if name.endswith(".bias"):
        return 0.0, 0.125
    if len(shape) == 1 and name.endswith(".weight"):
        return 1.0, 0.25
    inputs = int(numpy.prod(shape[1:]))
    return 0.0, 0.125 if inputs < 1024 else 0.0625


def weights(name, shape):
    if name == "logit_scale":
        return numpy.full(shape, LOGIT_SCALE, dtype=numpy.float32)
    offset, scale = offset_and_scale(name, shape)
    values = numpy.float32(offset) + numpy.float32(scale) * uniform(name, int(numpy.prod(shape)))
    return values.reshape(shape)


def pixel_values(images, size):
    """`[images, 3, size, size]`: a grid of 7 × 7 colours with noise over it, so that two pictures differ
    in what a patch sees and not only in noise, which attention would average away."""
    cell = -(-size // 7)
    coarse = uniform("pixel_values.coarse", images * 3 * 49).reshape(images, 3, 7, 7)
    coarse = coarse.repeat(cell, axis=2).repeat(cell, axis=3)[:, :, :size, :size]
    fine = uniform("pixel_values", images * 3 * size * size).reshape(images, 3, size, size)
    return numpy.float32(4.0) * coarse + numpy.float32(2.0) * fine


def input_ids(ends, cols, begin, end):
    """`[len(ends), cols]`: `begin`, random ids, and `end` from each row's place on, as CLIP's tokenizer pads."""
    ids = (320 + bits("input_ids", len(ends) * cols) % 49000).astype(numpy.int64).reshape(-1, cols)
    ids[:, 0] = begin
    for row, place in zip(ids, ends):
        row[place:] = end
    return ids
