"""Quadrature and interpolation that know no network: Legendre, Chebyshev, panels."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "chebyshev": ["basis", "coefficients", "points", "to_powers"],
        "halving": ["HalvedPanels", "halved"],
        "legendre": ["gauss_legendre"],
        "normal_panels": ["NORMAL_REACH", "fitted_rule", "panel_edges", "panel_rule", "zeta_nodes"],
        "quadrature": [
            "Moment",
            "MomentError",
            "check_growth",
            "integrate_panels",
            "moment",
            "normal_density",
        ],
    },
)
