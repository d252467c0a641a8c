"""What the pages share; the only shared code that may import streamlit."""
