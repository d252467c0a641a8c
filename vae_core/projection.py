"""``python -m vae_core.projection RUN``: the UMAP of a run's test codes from a shell."""

from vae_core.jobs.project import main

if __name__ == "__main__":
    main()
