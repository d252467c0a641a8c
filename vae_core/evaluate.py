"""``python -m vae_core.evaluate RUN``: measure a trained model from a shell."""

from vae_core.jobs.evaluate import main

if __name__ == "__main__":
    main()
