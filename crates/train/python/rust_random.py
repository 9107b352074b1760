"""The generator behind `StdRng::seed_from_u64` of Rust's rand 0.9, so that both trainers hold out the same pictures.

ChaCha with twelve rounds (rand_chacha 0.9), seeded through PCG32 (rand_core 0.9); `shuffle` and `random_bool` as rand 0.9.5 draws them.
"""

import struct

MASK32, MASK64 = 2**32 - 1, 2**64 - 1
QUARTERS = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]


def _turn(value, by):
    return (value << by | value >> (32 - by)) & MASK32


def _pcg32(state):
    """Eight words of a key from one number."""
    words = []
    for _ in range(8):
        state = (state * 6364136223846793005 + 11634580027462260723) & MASK64
        mixed = (((state >> 18) ^ state) >> 27) & MASK32
        rotation = state >> 59
        words.append((mixed >> rotation | mixed << (-rotation & 31)) & MASK32)
    return words


class StdRng:
    """Draws in the order in which Rust draws; slices shorter than 2³² items."""

    def __init__(self, seed):
        self.key, self.block, self.words = _pcg32(seed & MASK64), 0, []

    def _refill(self):
        start = [*struct.unpack("<4I", b"expand 32-byte k"), *self.key, self.block & MASK32, self.block >> 32, 0, 0]
        x = list(start)
        for _ in range(6):
            for a, b, c, d in QUARTERS:
                for first, second, third, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                    x[first] = (x[first] + x[second]) & MASK32
                    x[third] = _turn(x[third] ^ x[first], by)
        self.words += [(value + begin) & MASK32 for value, begin in zip(x, start)]
        self.block += 1

    def next_u32(self):
        if not self.words:
            self._refill()
        return self.words.pop(0)

    def next_u64(self):
        low = self.next_u32()
        return self.next_u32() << 32 | low

    def below(self, bound):
        """A 32-bit number below `bound`, biased by less than 2⁻⁶⁴ as rand's is."""
        wide = self.next_u32() * bound
        result, low = wide >> 32, wide & MASK32
        if low > (-bound & MASK32):
            result += low + (self.next_u32() * bound >> 32) > MASK32
        return result

    def choose(self, items):
        return items[self.below(len(items))] if items else None

    def random_bool(self, probability):
        return self.next_u64() < int(probability * 2.0**64)

    def shuffle(self, items):
        """In place; several indices are taken from one drawn number, as `IncreasingUniform` does."""
        chunk, left = 0, 1
        for at in range(len(items)):
            size = at + 1
            left -= 1
            if left < 0:
                bound, left = size, 0
                while bound * (size + left + 1) <= MASK32:
                    left += 1
                    bound *= size + left
                chunk = self.below(bound)
            if left == 0:
                index = chunk
            else:
                chunk, index = divmod(chunk, size)
            items[at], items[index] = items[index], items[at]
