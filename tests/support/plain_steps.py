"""A small draw, and the same in NumPy, formula by formula."""

import numpy as np

from sim.draw import Draw
from sim.setting import Setting

SIZES = {"n": 70, "N": 36, "d": 24}
TEST = 40


def draw_of(parametrisation="ntk", dtype="float64", **sizes):
    setting = Setting(**(SIZES | sizes), parametrisation=parametrisation)
    return Draw(setting=setting, seed=7, dtype=dtype, threads=1)


class Plain:
    """The same draw in NumPy, formula by formula."""

    def __init__(self, draw):
        s = self.setting = draw.setting
        self.W, self.a, self.beta = draw.weights(), draw.readout(), draw.teacher_direction()
        (self.X, self.y), (self.X_h, self.y_h) = (draw.sample_block(k, 0, s.n) for k in ("train", "holdout"))
        self.X_t, self.y_t = draw.sample_block("test", 0, TEST)
        self.scale = s.d**-0.5 if s.parametrisation == "ntk" else 1.0
        self.G = self.gradient(self.W)

    def gradient(self, W):
        s = self.setting
        Z = self.scale * self.X @ W.T
        r = np.tanh(Z) @ self.a / np.sqrt(s.N) - self.y
        slope = 1.0 / np.cosh(Z) ** 2
        return 2.0 * self.scale / (s.n * np.sqrt(s.N)) * (slope * r[:, None] * self.a).T @ self.X

    def D(self, update):
        if update.optimiser == "gd":
            return self.G
        b1, b2 = (0.0, 0.0) if update.adam == "corrected" else (0.9, 0.999)
        return (1 - b1) * self.G / (np.sqrt(1 - b2) * np.abs(self.G) + update.eps)

    def training_loss(self, W):
        return np.mean((np.tanh(self.scale * self.X @ W.T) @ self.a / np.sqrt(self.setting.N) - self.y) ** 2)

    def second_stage(self, W, extra, ridge=0.01):
        n, N = self.setting.n, self.setting.N
        Z, Z_t = (np.tanh(self.scale * extra * x @ W.T) / np.sqrt(N) for x in (self.X_h, self.X_t))
        stacked = np.vstack([Z, np.sqrt(ridge * n / N) * np.eye(N)])
        a_hat = np.linalg.lstsq(stacked, np.append(self.y_h, np.zeros(N)), rcond=None)[0]
        K = Z @ Z.T
        kta = self.y_h @ K @ self.y_h / (np.linalg.norm(K) * (self.y_h @ self.y_h))
        return np.mean((self.y_h - Z @ a_hat) ** 2), np.mean((self.y_t - Z_t @ a_hat) ** 2), kta
