"""One module a section of the chapter: the formula, its closed-form gradient, the public loss."""
