# Messages of the outside checker and of site rules.
