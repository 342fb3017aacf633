"""What the experiments do, a module each: this half needs torch, the settings and rules do not."""
