#!/bin/sh
# Train the shipped models again, from the project's folder: sh models/train.sh (about 20 minutes on two CPU cores).
# Remove a model's folder first; an existing run is never overwritten.
set -e
export VAE_LAB_MODELS="$PWD/models"
# The file of the training's job would list the model among those trained here.
finish() { python -m vae_core.projection "models/$name" && rm "models/$name"/*.job.json "models/$name"/train.st*; }
train() { python -m vae_core.train "$@" --out "models/$name" && finish; }
name=digits-2d && train --preset manifold --dataset digits --epochs 1000 --hidden 128 64
name=mnist-10d && train --preset tutorial --dataset mnist
name=mnist-20d && train --preset example --dataset mnist --epochs 30 --schedule cosine
name=mnist-2d && train --preset manifold --dataset mnist
name=mnist-2d-conv && train --preset conv --dataset mnist
name=names-2d && train --dataset names --latent-dim 2 --epochs 60 --warmup-epochs 12
name=names-16d && train --dataset names
# Sounds: the usual sigma, 0.1, is 5 dB here; the log magnitude of mere noise varies by 5.6 dB.
sounds() { train --dataset spoken-digits --likelihood gaussian --epochs 60 --schedule cosine "$@"; }
name=spoken-digits-16d && sounds --preset example --hidden 128 --latent-dim 16
name=spoken-digits-2d && sounds --preset manifold --hidden 64 32 --activation silu
# The first 120 test recordings, two of each digit by each speaker, come with one of them: 0.6 MB.
rm models/spoken-digits-16d/examples.safetensors models/names-16d/examples.safetensors
python -c 'from vae_core import runs; run = runs.find_run("spoken-digits-2d")
run.write(runs.EXAMPLES, {"images": run.read(runs.EXAMPLES)["images"][:120]})'
# Three of them carry a short history: 7.0 MB together.
for shown in mnist-10d:5 mnist-20d:5 mnist-2d:6; do python models/shorten.py "models/${shown%:*}" "${shown#*:}"; done
# All others carry none.
for name in digits-2d mnist-2d-conv names-2d names-16d spoken-digits-2d spoken-digits-16d; do
  rm -r "models/$name/snapshots" "models/$name/stage.safetensors" "models/$name/events.jsonl"
done
# The sweep: eight small models that differ in beta alone. One report an epoch keeps their files small.
seldom() { python -c 'from vae_core.jobs import train; from vae_core.training import loop; loop.REPORTS = 15; train.main()' "$@" --out "models/$name" && finish; }
for beta in 0 0.1 0.25 0.5 1 2 4 10; do
  name=beta-$(echo $beta | tr . -)
  seldom --preset manifold --dataset mnist --hidden 100 --latent-dim 8 --epochs 15 --beta $beta
  rm -r "models/$name/snapshots" "models/$name/stage.safetensors" "models/$name/events.jsonl"
done
