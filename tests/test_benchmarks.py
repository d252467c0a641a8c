"""The speed benchmarks compare like with like."""

import importlib.util

import torch

from benchmarks import nll, peers
from vae_core import measure
from vae_core.config import preset
from vae_core.model import VAE


def test_the_stock_network_is_that_of_the_preset():
    model_config, _ = preset("example", image_shape=(1, 28, 28))
    ours, stock = (
        sum(value.numel() for value in model.parameters()) for model in (VAE(model_config), peers.StockVAE())
    )
    assert ours == stock


def test_the_stock_network_ends_in_probabilities():
    model, x = peers.StockVAE(), torch.rand(5, 1, 28, 28)
    output, mu, logvar = model(x)
    assert output.shape == (5, 784) and mu.shape == logvar.shape == (5, 20)
    assert output.min() > 0 and output.max() < 1


def test_a_peer_that_is_not_installed_is_left_out(digits, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert peers.pythae_loop(digits, batch=10, device=torch.device("cpu"), steps=1) is None


def test_the_bound_of_the_nll_has_the_products_of_the_decoder(monkeypatch):
    monkeypatch.setattr(nll, "SAMPLES", 50)
    model_config, _ = preset("burda", image_shape=(1, 28, 28))
    rows = measure.TILES["cpu"][0] * measure.TILES["cpu"][1]
    shapes = []
    monkeypatch.setattr(torch, "mm", lambda x, weight: shapes.append((*x.shape, weight.shape[1])))
    nll.products(VAE(model_config), torch.device("cpu"), images=10)()
    assert shapes == [(rows, 50, 200), (rows, 200, 200), (rows, 200, 784)] * (10 * 50 // rows)
