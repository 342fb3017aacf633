"""9.1.4"""

ANSWERS = {
    "a-straight-d": [
        {
            "right": ["1 - 2*m*theta/pi", "-1 - 2*m/π*(θ - π/m)"],
            "wrong": {
                "through_zero": "-1 - 2*m*theta/pi",
                "steep": "-1 - (2*m-2)*(theta - pi/m)",
                "rising": "2*m*theta/pi - 3",
            },
        }
    ],
    "what-annealing-does-to-the-slope": [
        {"right": ["lam/(1+lam)", "1 - 1/(1+λ)"], "wrong": {"none": "0", "undivided": "lam"}},
        {
            "right": ["(lam + m^2)/(1 + lam)", "(λ+m²)/(1+λ)"],
            "wrong": {"plain": "m^2", "once": "(lam+m)/(1+lam)", "alone": "m^2/(1+lam)"},
        },
    ],
    "margins-that-are-added": [
        {"right": ["a"], "wrong": {"both": "2*a", "half": "a/2"}},
        {
            "right": ["2*arcsin(a/(2*sin(t/2)))", "2*asin(a/2/sin(t/2))"],
            "wrong": {"half": "asin(a/(2*sin(t/2)))", "other": "a", "sine": "a/sin(t/2)"},
        },
    ],
}
