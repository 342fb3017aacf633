"""9.1.2"""

ANSWERS = {
    "the-gradient-by-hand": [
        {
            "right": ["-(u < 1)", "u < 1 ? -1 : 0", "−(u<1)"],
            "wrong": {
                "sign": "(u<1)",
                "always": "-1",
                "value": "max(0, 1 - u)",
                "at_zero": "-(u<0)",
            },
        },
        {
            "right": ["(u < 1)", "(1 > u)*1"],
            "wrong": {"sign": "-(u < 1)", "always": "1", "none": "0"},
        },
    ],
    "the-margin-is-a-unit": [
        {"right": ["m", "2*m/2"], "wrong": {"inverse": "1/m", "none": "1"}},
        {"right": ["1/m", "m^-1", "m**(-1)"], "wrong": {"inverse": "m", "none": "1"}},
    ],
    "two-classes-are-two-classes": [
        {
            "right": ["h2 - h1", "-h1 + h2", "-(h1-h2)"],
            "wrong": {"sign": "h1-h2", "half": "(h2 - h1)/2", "one": "h2"},
        }
    ],
    "the-worst-rival-and-all-rivals": [
        {"right": ["C - 1", "-1 + C"], "wrong": {"all": "C", "none": "1"}}
    ],
}
