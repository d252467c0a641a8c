"""Train a model and take it home: the form, the progress, experiments, the card and uploads."""
