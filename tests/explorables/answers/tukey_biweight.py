"""9.2.3"""

ANSWERS = {
    "the-gradient-by-hand": [
        {
            "right": [
                "-r*(1-(r/c)^2)^2*(abs(r) <= c)/sigma/N",
                "abs(r) < c ? -r*(1-r²/c²)²/(σ*N) : 0",
                "-r*max(0, 1-(r/c)^2)^2/(sigma*N)",
            ],
            "wrong": {
                "sign": "r*max(0, 1-(r/c)^2)^2/(sigma*N)",
                "scale": "-r*max(0, 1-(r/c)^2)^2/N",
                "inside": "-r*(1-(r/c)^2)^2/(sigma*N)",
                "mean": "-r*max(0, 1-(r/c)^2)^2/sigma",
            },
        }
    ],
    "right-in-single-precision": [
        {
            "right": ["c^2/6*u^2*(3 - 3*u^2 + u^4)", "(c*u)²/2*(1 - u² + u^4/3)"],
            "wrong": {"cancels": "c^2/6*(1-(1-u^2)^3)", "factor": "c^2/2*u^2*(3-3*u^2+u^4)"},
        }
    ],
    "why-reweighting-goes-downhill": [
        {
            "right": ["rho(v) + w(v)/2*(r^2 - v^2)"],
            "wrong": {
                "height": "w(v)/2*r^2",
                "half": "rho(v) + w(v)*(r^2-v^2)",
                "line": "rho(v) + w(v)*v*(r-v)",
            },
        }
    ],
    "huber-s-95": [
        {
            "right": ["p^2/(p - 2*d*f + d^2*(1-p))"],
            "wrong": {"inside": "p^2/(p-2*d*f)", "square": "p/(p-2*d*f+d^2*(1-p))"},
        },
        {"right": ["1.345", "1.3450"], "wrong": {"tukey": "4.6851"}},
        {"right": ["2/pi", "0.637", "0.64"], "wrong": {"zero": "0"}},
    ],
}
