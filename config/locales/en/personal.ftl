# Messages of findings on personal data. Never the value itself.
