#!/bin/sh
# Train the shipped models again, from the project's folder: sh models/train.sh (about 15 minutes on two CPU cores).
# Remove a model's folder first; an existing run is never overwritten.
set -e
export VAE_LAB_MODELS="$PWD/models"
python -m vae_core.train --preset manifold --dataset mnist --out models/mnist-2d
python -m vae_core.train --preset conv --dataset mnist --out models/mnist-2d-conv
python -m vae_core.train --preset tutorial --dataset mnist --out models/mnist-10d
python -m vae_core.train --preset example --dataset mnist --epochs 30 --schedule cosine --out models/mnist-20d
python -m vae_core.train --preset manifold --dataset digits --epochs 1000 --hidden 128 64 --out models/digits-2d
for name in mnist-2d mnist-2d-conv mnist-10d mnist-20d digits-2d; do
    python -m vae_core.projection "models/$name"
done
