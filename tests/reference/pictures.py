#!/usr/bin/env python3
"""Small pictures in every format and variant that is read, hostile files, and what the reference makes of them.

Writes tests/fixtures/pictures/. Every file is drawn or built here; nothing is fetched. Of the ten photos of the
shared data, which are not in the repository, only a sample of the reference's numbers is kept: photos.safetensors.
"""

import io
import json
import pathlib
import random
import struct
import sys
import zipfile
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageOps
from safetensors.numpy import save_file
from transformers.image_transforms import convert_to_rgb
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

import jpeg_writer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "tests" / "fixtures" / "pictures"
PHOTOS = ROOT.parent / "shared" / "data" / "images" / "caltech101_96px.zip"
SEED = 20261122
SIZE = (23, 18)  # no multiple of a block; the width odd

PHOTO_NAMES = [
    "Faces/image_0001.jpg",
    "Leopards/image_0003.jpg",
    "Motorbikes/image_0010.jpg",
    "accordion/image_0002.jpg",
    "butterfly/image_0005.jpg",
    "dollar_bill/image_0001.jpg",
    "lotus/image_0004.jpg",
    "pizza/image_0007.jpg",
    "sunflower/image_0006.jpg",
    "water_lilly/image_0002.jpg",
]
# Every so many of the 3 × 224 × 224 numbers are kept: a prime, so that all rows, columns and colours occur.
PHOTO_STEP = 73


def drawing(size=SIZE, seed=SEED):
    """Slopes of colour, hard edges and noise."""
    width, height = size
    noise = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    slopes = np.stack([x, y, 1 - x * y], axis=-1) * 255
    picture = Image.fromarray(np.clip(slopes + noise.normal(0, 6, slopes.shape), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    draw.ellipse([width * 0.1, height * 0.2, width * 0.5, height * 0.8], fill=(230, 30, 40))
    draw.rectangle([width * 0.6, height * 0.1, width * 0.9, height * 0.4], fill=(20, 60, 220))
    draw.line([0, height - 1, width - 1, height * 0.5], fill=(255, 255, 255), width=1)
    return picture


def with_alpha(picture):
    alpha = np.linspace(0, 255, picture.width).astype(np.uint8)
    picture = picture.convert("RGBA")
    picture.putalpha(Image.fromarray(np.tile(alpha, (picture.height, 1))))
    return picture


def saved(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth, colour, chunks, interlace=0):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    body = b"".join(chunk(name, data) for name, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def rows(array):
    """Unfiltered rows of a PNG, deflated."""
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in array), 9)


def interlaced(array):
    """The seven passes of Adam7, deflated."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for left, top, across, down in passes:
        part = array[top::down, left::across]
        if part.size:
            data += b"".join(b"\0" + np.ascontiguousarray(row).tobytes() for row in part)
    return zlib.compress(data, 9)


def png_files():
    rgb = drawing()
    array = np.asarray(rgb)
    # The lower eight bits are noise, to be dropped.
    wide = (array.astype(int) * 256 + np.random.default_rng(1).integers(0, 256, array.shape)).astype(">u2")
    width, height = SIZE
    yield "rgb.png", saved(rgb, "PNG")
    yield "grey.png", saved(rgb.convert("L"), "PNG")
    yield "bits.png", saved(rgb.convert("1"), "PNG")
    yield "grey_alpha.png", saved(with_alpha(rgb).convert("LA"), "PNG")
    yield "rgba.png", saved(with_alpha(rgb), "PNG")
    yield "palette.png", saved(rgb.quantize(13), "PNG")
    yield "palette_transparent.png", saved(rgb.quantize(32), "PNG", transparency=bytes(range(0, 256, 8)))
    yield "rgb_transparent.png", saved(rgb, "PNG", transparency=(20, 60, 220))
    yield "rgb16.png", png(width, height, 16, 2, [(b"IDAT", rows(wide))])
    yield "grey16.png", png(width, height, 16, 0, [(b"IDAT", rows(wide[..., :1]))])
    yield "interlaced.png", png(width, height, 8, 2, [(b"IDAT", interlaced(array))], interlace=1)
    yield "exif6.png", saved(rgb, "PNG", exif=exif(6))
    yield "profile.png", saved(rgb, "PNG", icc_profile=bytes(200), gamma=1.0)
    frames = [drawing(seed=SEED + k) for k in range(3)]
    yield "animated.png", saved(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=False)


def jpeg_files():
    rgb = drawing()
    for turn in range(1, 9):
        yield f"exif{turn}.jpg", saved(rgb, "JPEG", quality=90, exif=exif(turn))
    for name, sampling in ("444", 0), ("422", 1), ("420", 2):
        yield f"baseline_{name}.jpg", saved(rgb, "JPEG", quality=85, subsampling=sampling)
        yield f"progressive_{name}.jpg", saved(rgb, "JPEG", quality=85, subsampling=sampling, progressive=True)
    yield "restarts.jpg", saved(rgb, "JPEG", quality=85, restart_marker_blocks=1)
    yield "poor.jpg", saved(rgb, "JPEG", quality=5)
    yield "grey.jpg", saved(rgb.convert("L"), "JPEG", quality=85)
    yield "grey_progressive.jpg", saved(rgb.convert("L"), "JPEG", quality=85, progressive=True)
    yield "cmyk.jpg", saved(rgb.convert("CMYK"), "JPEG", quality=85)
    yield "narrow.jpg", saved(rgb.crop((0, 0, 3, 23)), "JPEG", quality=85)
    yield "one_pixel.jpg", saved(rgb.crop((5, 5, 6, 6)), "JPEG", quality=85)
    # What Pillow does not write.
    adobe = lambda transform: (0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))
    draw = lambda seed, sampling, **options: jpeg_writer.write(*SIZE, sampling, random.Random(seed), **options)
    plain = [(1, 1)] * 2
    yield "sampling_440.jpg", draw(1, [(1, 2), *plain])
    yield "sampling_411.jpg", draw(2, [(4, 1), *plain])
    yield "sampling_410.jpg", draw(3, [(4, 2), *plain])
    yield "sampling_odd.jpg", draw(4, [(2, 2), (2, 1), (1, 2)])
    yield "planes_apart.jpg", draw(5, [(2, 2), *plain], interleaved=False, restart=2)
    yield "wide_tables.jpg", draw(6, [(2, 2), *plain], wide=True)
    yield "rgb.jpg", draw(7, [(1, 1), *plain], notes=[adobe(0)])
    yield "rgb_by_name.jpg", draw(8, [(1, 1), *plain], ids=b"RGB")
    yield "ycck.jpg", draw(9, [(2, 2), *plain, (2, 2)], notes=[adobe(2)])
    yield "cmyk_no_adobe.jpg", draw(10, [(1, 1)] * 4)
    # Bytes that are none of the picture's, which real cameras leave: before a marker, and after the end.
    baseline = saved(rgb, "JPEG", quality=85)
    at = baseline.index(b"\xff\xda")
    yield "garbage.jpg", baseline[:at] + b"\xff\xff\xff" + baseline[at + 1 :] + b"trailing bytes"
    yield "no_end.jpg", baseline[:-2]


def other_files():
    rgb = drawing()
    frames = [drawing(seed=SEED + k) for k in range(3)]
    yield "lossy.webp", saved(rgb, "WEBP", quality=60)
    yield "lossy_alpha.webp", saved(with_alpha(rgb), "WEBP", quality=60)
    yield "lossless.webp", saved(rgb, "WEBP", lossless=True)
    yield "lossless_alpha.webp", saved(with_alpha(rgb), "WEBP", lossless=True, exact=True)
    yield "animated.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=90)
    yield "exif8.webp", saved(rgb, "WEBP", quality=60, exif=exif(8))
    yield "still.gif", saved(rgb, "GIF")
    yield "interlaced.gif", saved(rgb, "GIF", interlace=1)
    yield "animated.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=90)
    yield "transparent.gif", saved(rgb.quantize(16), "GIF", transparency=3)
    yield "jpeg_named.png", saved(rgb, "JPEG", quality=85)


def hostile_files():
    rgb = drawing()
    good_png, good_jpeg = saved(rgb, "PNG"), saved(rgb, "JPEG", quality=85, progressive=True)
    good_webp, good_gif = saved(rgb, "WEBP", quality=60), saved(rgb, "GIF")
    one = [(b"IDAT", zlib.compress(bytes(4)))]
    yield "huge_20000.png", png(20_000, 20_000, 8, 2, one)
    yield "huge_line.png", png(1, 4_000_000_000, 8, 2, one)
    yield "huge_side.png", png(70_000, 500, 8, 2, one)
    # Within the limits by its header, with nothing behind it.
    yield "hollow.png", png(6000, 6000, 8, 2, one)
    zeros = zlib.compress(bytes(10_000_000), 9)
    yield "bomb_text.png", png(*SIZE, 8, 2, [(b"zTXt", b"Comment\0\0" + zeros), (b"IDAT", rows(np.asarray(rgb)))])
    yield "bomb_profile.png", png(*SIZE, 8, 2, [(b"iCCP", b"x\0\0" + zeros), (b"IDAT", rows(np.asarray(rgb)))])
    script = b"tEXt", b"Title\0<img src=x onerror=alert(1)>"
    yield "script_text.png", png(*SIZE, 8, 2, [script, (b"IDAT", rows(np.asarray(rgb)))])
    yield "cut.png", good_png[: len(good_png) * 2 // 3]
    yield "cut.jpg", good_jpeg[: len(good_jpeg) * 2 // 3]
    yield "cut.webp", good_webp[: len(good_webp) // 2]
    yield "cut.gif", good_gif[: len(good_gif) // 2]
    wrong = bytearray(good_png)
    wrong[len(wrong) // 2] ^= 0xFF
    yield "checksum.png", bytes(wrong)
    header = bytearray(good_jpeg)
    at = header.index(b"\xff\xc2") + 5
    header[at : at + 4] = struct.pack(">HH", 60_000, 60_000)
    yield "huge_60000.jpg", bytes(header)
    header[at : at + 4] = struct.pack(">HH", 6000, 6000)
    yield "hollow.jpg", bytes(header)
    at += -5
    yield "arithmetic.jpg", bytes(header[:at]) + b"\xff\xca" + bytes(header[at + 2 :])
    # A thousand passes over a picture of 4096 × 4096, most of them empty.
    passes = good_jpeg[: good_jpeg.index(b"\xff\xda")]
    empty = b"\xff\xda\0\x08\x01\x01\0\0\0\0" + b"\0" * 40
    yield "many_passes.jpg", passes + empty * 200 + b"\xff\xd9"
    screen = bytearray(good_gif)
    screen[6:10] = struct.pack("<HH", 65_535, 65_535)
    yield "huge_screen.gif", bytes(screen)
    canvas = struct.pack("<I", 0x3FFF | 0x3FFF << 14)
    yield "huge_16384.webp", b"RIFF" + struct.pack("<I", 40) + b"WEBPVP8L" + struct.pack("<I", 16) + b"\x2f" + canvas + bytes(11)
    # A canvas of a few pixels around a frame of 16383 × 16383.
    vp8 = b"\x30\x01\0\x9d\x01\x2a\xff\x3f\xff\x3f" + bytes(20)
    body = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\x07\0\0\x07\0\0" + b"VP8 " + struct.pack("<I", len(vp8)) + vp8
    yield "huge_inside.webp", b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><rect width="9" height="9"/></svg>'
    yield "script.svg", b'\xef\xbb\xbf  <?xml version="1.0"?>\n<!-- a drawing -->\n' + svg
    yield "svg_named.png", b"\n\t " + svg
    yield "drawing.svgz", b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + zlib.compress(svg, wbits=-15) + bytes(8)
    yield "login.html", b"<!DOCTYPE html><html><head><title>Log in</title></head><body>...</body></html>"
    yield "bitmap.bmp", saved(rgb.resize((3, 2)), "BMP")
    yield "picture.tiff", saved(rgb.resize((3, 2)), "TIFF")
    yield "empty.png", b""


def processors():
    """Configurations as they occur, and pictures of all shapes: what the reference makes of them, whole."""
    clip = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 12}, "crop_size": 12}
    square = {"size": {"height": 14, "width": 18}, "do_center_crop": False}
    old = {"feature_extractor_type": "CLIPFeatureExtractor", "size": 12, "crop_size": 12, "resample": 3}
    yield "clip_wide", (61, 40), clip
    yield "clip_tall", (19, 90), clip
    yield "clip_enlarged", (7, 9), clip
    yield "clip_same", (12, 12), clip
    yield "clip_line", (3, 140), clip
    yield "old_spelling", (47, 33), old
    yield "square", (50, 21), {**square, "image_processor_type": "ChineseCLIPImageProcessor"}
    yield "columns_first", (20, 99), square
    yield "odd_crop", (40, 31), {"size": 17, "crop_size": {"height": 12, "width": 15}}
    yield "padded", (40, 31), {"size": 12, "crop_size": {"height": 17, "width": 20}}
    yield "padded_across", (30, 60), {"size": 12, "crop_size": {"height": 15, "width": 17}}
    yield "not_resized", (25, 20), {"do_resize": False, "crop_size": 14}
    yield "not_normalized", (33, 21), {**clip, "do_normalize": False}
    yield "not_rescaled", (33, 21), {**clip, "do_rescale": False}
    halves = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "rescale_factor": 0.00392156862745098}
    yield "halves", (33, 21), {**clip, **halves}
    for number, name in enumerate(["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"]):
        yield f"{name}_smaller", (61, 40), {**clip, "resample": number}
        yield f"{name}_larger", (7, 9), {**clip, "resample": number}


def upright(file):
    """As the reference loads a picture."""
    with Image.open(io.BytesIO(file)) as picture:
        return np.ascontiguousarray(convert_to_rgb(ImageOps.exif_transpose(picture), return_numpy=True))


def photos():
    if not PHOTOS.exists():
        print(f"{PHOTOS} is not here: photos.safetensors stays as it is", file=sys.stderr)
        return
    golden = {}
    archive = zipfile.ZipFile(PHOTOS)
    for name in PHOTO_NAMES:
        with Image.open(io.BytesIO(archive.read(name))) as picture:
            pixels = CLIPImageProcessorPil()(picture, return_tensors="np")["pixel_values"][0].astype(np.float32)
        golden[f"{name}/sample"] = pixels.ravel()[::PHOTO_STEP].copy()
        # Of all of them, so that one level in one pixel shows.
        golden[f"{name}/checksum"] = np.array([zlib.crc32(pixels.tobytes())], np.uint32)
    save_file(golden, OUT / "photos.safetensors")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        if old.name != "photos.safetensors":
            old.unlink()
    exceptions = {
        # Pillow takes 16 bits of grey for numbers up to 255, which makes nearly all of them white.
        "grey16.png": np.repeat(np.asarray(drawing())[..., :1], 3, axis=-1),
        # Pillow wants the end marker; all else is there.
        "no_end.jpg": upright(saved(drawing(), "JPEG", quality=85)),
    }
    decoded = {}
    for files, read in ((png_files, True), (jpeg_files, True), (other_files, True), (hostile_files, False)):
        for name, file in files():
            (OUT / name).write_bytes(file)
            if read:
                decoded[name] = exceptions[name] if name in exceptions else upright(file)
    save_file(decoded, OUT / "decoded.safetensors")

    cases, golden = [], {}
    for name, size, config in processors():
        picture = drawing(size)
        pixels = CLIPImageProcessorPil(**config)(picture, return_tensors="np")["pixel_values"][0]
        golden["{}x{}".format(*size)] = np.asarray(picture)
        golden[name] = np.asarray(pixels, np.float32)
        cases.append({"name": name, "picture": "{}x{}".format(*size), "config": config})
    save_file(golden, OUT / "processors.safetensors")
    (OUT / "processors.json").write_text(json.dumps(cases, indent=1) + "\n")
    photos()
    total = sum(file.stat().st_size for file in OUT.iterdir())
    print(f"{len(decoded)} pictures, {len(cases)} processors, {total} bytes in {OUT}")


if __name__ == "__main__":
    main()
