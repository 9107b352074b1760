"""Files in and out of a machine that takes them only in parcels: cut into parts of one size, put together again.

    python parcel.py cut --part-mib 12 --out DIR NAME=FILE...     # NAME.00, NAME.01, … and NAME.json
    python parcel.py join --out DIR DIR_WITH_PARTS                # every NAME all of whose parts are there

Weights (.safetensors) are halved to f16 on the way. The optimiser's moments stay behind: they are new in the next stretch, hence its warm-up.
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save


def cut(path, name, out, size):
    blob = path.read_bytes()
    if path.suffix == ".safetensors":
        blob = save({key: value.half() if value.dtype == torch.float32 else value for key, value in load_file(path).items()})
    parts = [blob[at : at + size] for at in range(0, len(blob), size)]
    for number, part in enumerate(parts):
        (out / f"{name}.{number:02d}").write_bytes(part)
    (out / f"{name}.json").write_text(json.dumps({"parts": len(parts), "sha256": hashlib.sha256(blob).hexdigest()}))
    print(f"{name}: {len(blob) / 2**20:.1f} MiB in {len(parts)} part(s)")


def join(manifest, out):
    name, facts = manifest.stem, json.loads(manifest.read_text())
    paths = [manifest.with_name(f"{name}.{number:02d}") for number in range(facts["parts"])]
    if missing := [path.name for path in paths if not path.exists()]:
        raise SystemExit(f"{name} still lacks {', '.join(missing)}")
    blob = b"".join(path.read_bytes() for path in paths)
    if hashlib.sha256(blob).hexdigest() != facts["sha256"]:
        raise SystemExit(f"{name}: the parts are not the whole that was cut")
    (out / name).write_bytes(blob)
    print(f"{name}: {len(blob) / 2**20:.1f} MiB")


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("act", choices=["cut", "join"])
    ask.add_argument("what", nargs="+", help="NAME=FILE to cut, or the folder to join")
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--part-mib", type=int, default=12)
    given = ask.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.act == "cut":
        for name, _, file in (pair.partition("=") for pair in given.what):
            cut(Path(file), name, given.out, given.part_mib << 20)
    else:
        for manifest in sorted(Path(given.what[0]).glob("*.json")):
            join(manifest, given.out)


if __name__ == "__main__":
    main()
