"""What is asked of the ledger, answered from a replica."""
