# Messages of findings on accuracy.
