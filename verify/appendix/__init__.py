"""The machinery of tables and figures: what an item needs, its runs, its files."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "appendix": ["Appendix", "scope_of"],
        "command": ["contents_of", "report"],
        "designs": [
            "ADAM_EPS",
            "ADAM_MEAN_FIELD",
            "GD_MEAN_FIELD",
            "GRID",
            "NO_STEP",
            "torch_adam",
            "design",
            "leading",
            "scope_cell",
            "mean_field",
            "mean_field_problem",
            "mean_field_updates",
            "n_cells",
            "n_dependence",
            "norms",
            "one_step",
            "scaled",
            "updates_on_grid",
        ],
        "files": ["PICTURES", "Provenance", "laid_out", "provenance_of", "write_figure", "write_table"],
        "item": [
            "FULL_SEEDS",
            "QUICK_SEEDS",
            "Content",
            "Item",
            "Material",
            "Need",
            "TablePanel",
            "Scope",
            "choose_items",
        ],
        "listing": ["time_text"],
        "many_files": ["write_all"],
        "spec": ["AppendixKeywords", "appendix_spec"],
        "runs": ["Load", "load_of", "material_of", "requests_of_items", "seconds_of"],
    },
)
