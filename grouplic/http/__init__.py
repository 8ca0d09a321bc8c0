"""Plain HTTP: sign-in form posts, the payment webhook, and what wraps every request. Thin."""
