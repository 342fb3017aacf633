"""9.1.1"""

ANSWERS = {
    "the-gradient-by-hand": [
        {
            "right": ["(p - 1)/N", "p/N - 1/N", "-(1-p)/N"],
            "wrong": {"sign": "(1-p)/N", "mean": "p-1", "label": "p/N", "log": "-1/(p*N)"},
        },
        {
            "right": ["p/N", "1/N*p"],
            "wrong": {"sign": "-p/N", "mean": "p", "label": "(p-1)/N", "none": "0"},
        },
    ],
    "right-at-any-size": [
        {
            "right": [
                "max(-u, 0) + log1p(exp(-abs(u)))",
                "u > 0 ? log1p(exp(-u)) : -u + log1p(exp(u))",
            ],
            "wrong": {
                "overflow": "log(1 + exp(-u))",
                "small": "max(-u, 0) + log(1 + exp(-abs(u)))",
                "sign": "max(u, 0) + log1p(exp(-abs(u)))",
            },
        }
    ],
    "convex-unlike-the-ramp": [
        {"right": ["p_j*(1 - p_j)", "p_j - p_j²"], "wrong": {"first": "p_j", "square": "-p_j^2"}},
        {"right": ["-p_j*p_k", "−p_j·p_k"], "wrong": {"sign": "p_j*p_k", "none": "0"}},
    ],
    "how-far-label-smoothing-goes": [
        {
            "right": ["log((1 - eps + eps/C)/(eps/C))", "log(1 + C*(1-ε)/ε)"],
            "wrong": {
                "ratio": "1 + C*(1-eps)/eps",
                "share": "log((1-eps)/(eps/C))",
                "others": "log((1-eps)/(eps/(C-1)))",
            },
        }
    ],
    "the-floor-under-a-second-softmax": [
        {
            "right": ["log(1 + (C-1)/e)", "log(e + C - 1) - 1", "log(1+(C-1)*exp(-1))"],
            "wrong": {"zero": "0", "all": "log(1 + C/e)", "even": "log(C)"},
        }
    ],
}
