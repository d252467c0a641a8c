"""The VAE: architecture, objective, training loop and run directories; knows neither Streamlit nor the browser."""
