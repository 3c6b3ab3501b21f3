# Messages of findings on form.
