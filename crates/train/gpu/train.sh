#!/usr/bin/env bash
# One stretch of training, bounded in time, on a machine that has torch and nothing of ours.
#   crates/train/gpu/train.sh MODEL MINUTES IN OUT [more options of the trainer]
# MODEL is clip, encoder or text2image. IN holds what parcel.py cut: the pack (pack.npz, latents.npz) and weights (weights.safetensors). OUT gets
# the averaged weights in the same form, to be the next stretch's weights.safetensors, and the log. DEVICE=cpu rehearses it.
set -euo pipefail
model=$1 minutes=$2 in=$3 out=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=${PYTHON:-python3}
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
mkdir -p "$out"
"$python" "$here/parcel.py" join --out "$run" "$in"
common=(--run "$run/run" --minutes "$minutes" --workers 1 --device "${DEVICE:-cuda}")
[ -f "$run/weights.safetensors" ] && common+=(--start "$run/weights.safetensors")
case $model in
  clip) trainer=(clip_train.py --config "$here/../config/clip-gpu.json" --pack "$run/pack.npz") ;;
  encoder) trainer=(encoder_train.py --config "$here/../config/encoder-gpu.json" --pack "$run/pack.npz") ;;
  text2image) trainer=(text2image_train.py --config "$here/../config/text2image.json" --latents "$run/latents.npz"
    --clip "$root/web/models/text2image/text_encoder") ;;
  *) echo "no model $model" >&2; exit 2 ;;
esac
# The trainers end by themselves; were one to hang, its last checkpoint still goes back.
status=0
timeout "$(awk "BEGIN { print int($minutes * 60 + ${SLACK:-75}) }")" "$python" -u "$here/../python/${trainer[0]}" "${trainer[@]:1}" "${common[@]}" "$@" || status=$?
cat "$run"/run/*.csv > "$out/log.csv" || true
if [ -f "$run/run/average/last.safetensors" ]; then
  "$python" "$here/parcel.py" cut --out "$out" weights.safetensors="$run/run/average/last.safetensors"
fi
exit $status
