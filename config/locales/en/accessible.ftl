# Messages of findings on accessibility and plain language.
