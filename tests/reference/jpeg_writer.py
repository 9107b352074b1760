"""JPEG files that Pillow does not write: any sampling factors, planes in scans of their own, RGB and
YCCK, tables of 16 bits. Random coefficients, for tests of decoders; no encoder of pictures."""

import struct

ZIGZAG = (
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14,
    21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
    61, 54, 47, 55, 62, 63,
)  # fmt: skip


def huffman(symbols):
    """A table of codes of one length for `symbols`, none of them all ones: not small, but simple."""
    length = max(2, len(symbols).bit_length() if len(symbols) & (len(symbols) + 1) else len(symbols).bit_length() + 1)
    counts = [0] * 16
    counts[length - 1] = len(symbols)
    codes = {symbol: (code, length) for code, symbol in enumerate(symbols)}
    return bytes(counts) + bytes(symbols), codes


class Bits:
    def __init__(self):
        self.out, self.window, self.count = bytearray(), 0, 0

    def put(self, value, count):
        for bit in range(count - 1, -1, -1):
            self.window = self.window << 1 | value >> bit & 1
            self.count += 1
            if self.count == 8:
                self.out.append(self.window)
                if self.window == 0xFF:
                    self.out.append(0)
                self.window = self.count = 0

    def flush(self):
        while self.count:
            self.put(1, 1)


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + bytes(body)


def write(width, height, sampling, random, *, ids=(1, 2, 3, 4), notes=(), interleaved=True, restart=0, wide=False,
          top=60, quantum=3):  # fmt: skip
    """`sampling`: pairs of factors, one a plane. `top`: coefficients reach as far from 0, times `quantum`."""
    across, down = max(h for h, _ in sampling), max(v for _, v in sampling)
    units = (-(-width // (8 * across)), -(-height // (8 * down)))
    dc_segment, dc = huffman(range(12))
    ac_segment, ac = huffman([run << 4 | size for run in range(16) for size in range(1, 8)] + [0x00, 0xF0])
    table = [quantum + (k // 8 if k else 5) for k in range(64)]

    file = bytearray(b"\xff\xd8")
    for marker, body in notes:
        file += segment(marker, body)
    entries = struct.pack(">64H", *table) if wide else bytes(table)
    file += segment(0xDB, bytes([0x10 if wide else 0]) + entries)
    parts = b"".join(bytes([ids[i], h << 4 | v, 0]) for i, (h, v) in enumerate(sampling))
    file += segment(0xC1 if wide else 0xC0, struct.pack(">BHHB", 8, height, width, len(sampling)) + parts)
    file += segment(0xC4, b"\x00" + dc_segment) + segment(0xC4, b"\x10" + ac_segment)
    if restart:
        file += segment(0xDD, struct.pack(">H", restart))

    def block(bits, last):
        constant = random.randint(-top, top) * 2
        number(bits, dc, 0, constant - last)
        run = 0
        for k in range(1, 64):
            reach = max(1, top // (1 + k))
            value = random.randint(-reach, reach) if random.random() < 3 / (3 + k) else 0
            if value == 0:
                run += 1
                continue
            while run > 15:
                bits.put(*ac[0xF0])
                run -= 16
            number(bits, ac, run, value)
            run = 0
        if run:
            bits.put(*ac[0])
        return constant

    def number(bits, codes, run, value):
        size = abs(value).bit_length()
        bits.put(*codes[run << 4 | size])
        bits.put(value if value > 0 else value + (1 << size) - 1, size)

    for planes in [range(len(sampling))] if interleaved else [[i] for i in range(len(sampling))]:
        parts = b"".join(bytes([ids[i], 0]) for i in planes)
        file += segment(0xDA, bytes([len(planes)]) + parts + b"\x00\x3f\x00")
        if interleaved and len(planes) > 1:
            wide_, high = units
        else:
            h, v = sampling[planes[0]]
            wide_, high = -(-(-(-width * h // across)) // 8), -(-(-(-height * v // down)) // 8)
        bits, last = Bits(), [0] * len(sampling)
        for unit in range(wide_ * high):
            if restart and unit and unit % restart == 0:
                bits.flush()
                bits.out += bytes([0xFF, 0xD0 + (unit // restart - 1) % 8])
                last = [0] * len(sampling)
            for i in planes:
                h, v = sampling[i] if interleaved and len(planes) > 1 else (1, 1)
                for _ in range(h * v):
                    last[i] = block(bits, last[i])
        bits.flush()
        file += bits.out
    return bytes(file + b"\xff\xd9")
