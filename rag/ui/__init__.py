"""The web page, in Gradio. Nothing it shows or does leaves the machine."""
