"""The picture world the bundled model is trained on: scenes, their pictures, their captions."""
