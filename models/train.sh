#!/bin/sh
# Train the shipped models again, from the project's folder: sh models/train.sh (about 10 minutes on two CPU cores).
# Remove a model's folder first; an existing run is never overwritten.
set -e
export VAE_LAB_MODELS="$PWD/models"
train() { python -m vae_core.train "$@" && python -m vae_core.projection "models/$name"; }
name=digits-2d && train --preset manifold --dataset digits --epochs 1000 --hidden 128 64 --out models/$name
name=mnist-10d && train --preset tutorial --dataset mnist --out models/$name
name=mnist-20d && train --preset example --dataset mnist --epochs 30 --schedule cosine --out models/$name
name=mnist-2d && train --preset manifold --dataset mnist --out models/$name
name=mnist-2d-conv && train --preset conv --dataset mnist --out models/$name
