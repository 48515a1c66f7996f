"""Export a diffusers pipeline folder to a browser bundle: `python -m training.export --help`."""
