"""Panels and images as matplotlib draws them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "images": ["IMAGE_COLUMNS", "Image", "draw_images", "image_array", "image_rows", "overlap_text"],
        "panels": [
            "BAND",
            "BARS",
            "COLUMNS",
            "Axis",
            "Look",
            "Panel",
            "draw_panels",
            "frame_of",
            "series_rows",
            "tag",
        ],
    },
)
