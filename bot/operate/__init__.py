"""What operators do: run the App, read its inbox and jobs, reconcile, forget, and look at its figures."""
