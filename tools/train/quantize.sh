#!/bin/sh
# Quantizes the demonstration models for both chips, as they are committed.
# Usage: [OUT=folder] quantize.sh PROGRAM [cls|detect|pose...]     PROGRAM: the built espdl (or espdl-quantize); without OUT, into the components
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
program=$1
shift
[ $# -gt 0 ] || set -- cls detect pose

# The layers that give the outputs of the three levels: 8 bits would lose most there.
outputs() {
    for level in 0 1 2; do
        for layer in "$@"; do echo "$layer/Conv" | sed "s/%d/$level/"; done
    done
}

for kind in "$@"; do
    names=cup,bottle,book,clock,key,umbrella,house,tree,car,fish
    case $kind in
    cls)
        component=imagenet_cls model=shapes_cls_mobilenetv2
        pictures="--mean 123.675,116.28,103.53 --std 58.395,57.12,57.375"
        options="--observer mse --bias-correction --test-input $root/components/$component/models/calibration/00.jpg"
        ;;
    detect)
        component=coco_detect model=shapes_detect_yolo11
        pictures="--mean 0,0,0 --std 255,255,255 --letterbox"
        options="--observer percentile --int16 $(outputs box.%d.2 score.%d.4)"
        ;;
    pose)
        component=coco_pose model=shapes_pose_yolo11 names=figure
        pictures="--mean 0,0,0 --std 255,255,255 --letterbox"
        options="--observer percentile --int16 $(outputs box.%d.2 score.%d.4 kpt.%d.2)"
        ;;
    *)
        echo "quantize.sh: '$kind': cls, detect or pose" >&2
        exit 2
        ;;
    esac
    folder=$root/components/$component/models
    for chip in p4 s3; do
        out=${OUT:-$folder}/$chip
        mkdir -p "$out"
        # shellcheck disable=SC2086
        "$program" quantize "$folder/$model.onnx" --calib "$folder/calibration" $pictures --target esp32$chip \
            --metadata names=$names $options -o "$out/${model}_s8.espdl"
        [ -n "${OUT:-}" ] || rm -f "$out/${model}_s8.info" "$out/${model}_s8.json"
    done
done
