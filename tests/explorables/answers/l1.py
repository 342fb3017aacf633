"""9.2.1"""

ANSWERS = {
    "the-gradient-by-hand": [
        {
            "right": ["sign(yhat - y)/N", "sign(ŷ - y)/N", "-sign(y-yhat)/N"],
            "wrong": {"sign": "sign(y-yhat)/N", "mean": "sign(yhat-y)", "size": "(yhat-y)/N"},
        }
    ],
    "other-quantiles": [
        {
            "right": ["2*max(q*r, (q-1)*r)", "abs(r) + (2*q-1)*r"],
            "wrong": {
                "half": "max(q*r,(q-1)*r)",
                "other": "2*max((1-q)*r,-q*r)",
                "plain": "abs(r)",
            },
        }
    ],
    "when-does-the-median-win": [
        {
            "right": ["4*p^2*v", "(2*p)²*v"],
            "wrong": {"inverse": "1/(4*p^2*v)", "root": "4*p^2*sqrt(v)", "density": "4*p*v"},
        },
        {"right": ["0.1", "0.10", "0.103"], "wrong": {"percent": "10"}},
    ],
    "breakdown": [
        {
            "right": ["ceil(N/2)", "floor(N/2) + (N/2 > floor(N/2))"],
            "wrong": {"floor": "floor(N/2)", "one_more": "floor(N/2)+1", "half": "N/2"},
        }
    ],
    "lopsided-noise": [
        {"right": ["log(2)", "0.69", "0.693"], "wrong": {"mean": "1", "mode": "0"}},
        {"right": ["1", "1.00"], "wrong": {"median": "log(2)"}},
    ],
}
