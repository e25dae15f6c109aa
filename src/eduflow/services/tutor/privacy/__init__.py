"""What people may ask for of the ledger: what models were asked in their name."""
