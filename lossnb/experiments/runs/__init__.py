"""What the experiments do, a module each: this half needs torch, the settings and rules do not."""

from lossnb._extras import extra

with extra("notebooks"):
    import scipy  # noqa: F401
    import sklearn  # noqa: F401
    import torch  # noqa: F401
