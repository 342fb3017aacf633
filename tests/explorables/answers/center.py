"""9.1.5"""

ANSWERS = {
    "the-gradient-by-hand": [
        {
            "right": ["(x - c)/N", "x/N - c/N"],
            "wrong": {"sign": "(c-x)/N", "half": "2*(x-c)/N", "mean": "x-c"},
        }
    ],
    "equation-4-by-hand": [
        {
            "right": ["c - alpha*n*(c - x)/(1 + n)", "c + α*n/(1+n)*(x-c)"],
            "wrong": {
                "sign": "c + alpha*n*(c-x)/(1+n)",
                "divisor": "c - alpha*(c-x)",
                "rate": "c - n*(c-x)/(1+n)",
            },
        }
    ],
    "how-long-does-a-centre-remember": [
        {
            "right": ["(1 - alpha*n/(1+n))^t", "exp(t*log(1 - α*n/(1+n)))"],
            "wrong": {
                "gone": "1 - (1 - alpha*n/(1+n))^t",
                "divisor": "(1-alpha)^t",
                "once": "1 - alpha*n/(1+n)",
            },
        },
        {"right": ["17", "17.0", "ceil(log(0.01)/log(3/4))"], "wrong": {"sixteen": "16"}},
        {"right": ["7", "ceil(log(0.01)/log(33/65))"], "wrong": {"six": "6"}},
    ],
}
