"""What happens to findings after the rules: identity, suppression, selection."""
