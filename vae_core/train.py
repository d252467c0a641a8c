"""``python -m vae_core.train``: train a model from a shell."""

from vae_core.jobs import end_with
from vae_core.jobs.train import main

if __name__ == "__main__":
    end_with(main)
