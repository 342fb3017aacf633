"""9.2.2"""

ANSWERS = {
    "the-gradient-by-hand": [
        {
            "right": ["2*(yhat - y)/N", "2*(ŷ−y)/N"],
            "wrong": {"sign": "2*(y-yhat)/N", "mean": "2*(yhat-y)", "half": "(yhat-y)/N"},
        }
    ],
    "how-fast-is-too-fast": [
        {"right": ["1/q", "q^-1"], "wrong": {"half": "1/(2*q)", "twice": "2/q"}}
    ],
    "the-best-of-both": [
        {
            "right": [
                "abs(r) <= delta ? r^2 : 2*delta*abs(r) - delta^2",
                "r^2 - max(0, abs(r) - δ)^2",
            ],
            "wrong": {
                "half": "(r^2 - max(0, abs(r)-delta)^2)/2",
                "level": "min(r^2, delta^2)",
                "jump": "abs(r) <= delta ? r^2 : 2*delta*abs(r)",
            },
        },
        {
            "right": ["max(-2*delta, min(g, 2*delta))", "sign(g)*min(abs(g), 2*delta)"],
            "wrong": {"one": "max(-delta, min(g, delta))", "sided": "min(g, 2*delta)"},
        },
    ],
    "what-a-loss-is-worth-in-nats": [
        {
            "right": ["M/2*(log(2*pi*L/M) + 1)", "M/2*log(2*pi*e*L/M)"],
            "wrong": {
                "single": "M/2*(log(2*pi*L)+1)",
                "rest": "M/2*log(2*pi*L/M)",
                "one": "(log(2*pi*L/M)+1)/2",
            },
        }
    ],
}
