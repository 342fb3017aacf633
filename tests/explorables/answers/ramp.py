"""9.1.3"""

ANSWERS = {
    "the-gradient-by-hand": [
        {
            "right": ["-(u > s)*(u < 1)", "u < 1 ? (u > s ? -1 : 0) : 0"],
            "wrong": {"sign": "(u>s)*(u<1)", "hinge": "-(u<1)", "value": "min(max(0,1-u), 1-s)"},
        }
    ],
    "break-even": [
        {
            "right": ["-p/(1 - p)", "1 - 1/(1-p)", "p/(p-1)"],
            "wrong": {"sign": "p/(1-p)", "even": "-p/(1-p) - 1", "inverse": "1/(1-p)"},
        },
        {"right": ["-1/(C-1)", "1/(1-C)"], "wrong": {"sign": "1/(C-1)", "all": "-1/C"}},
    ],
    "one-convex-step": [
        {
            "right": ["max(0, 1-u)", "(u<1)*(1-u)"],
            "wrong": {"ramp": "min(max(0,1-u),1-s)", "level": "max(u,1)-s"},
        },
        {
            "right": ["max(u, 1) - s", "max(0, 1-u) + u - s"],
            "wrong": {
                "ramp": "min(max(0,1-u),1-s)",
                "hinge": "max(0,1-u)",
                "flat": "1-s",
                "sign": "max(0,1-u)-u+s",
            },
        },
    ],
}
