"""PI-QUAL forms, their rules and the quality rule that splits high from low."""
