"""The one gateway to language models: who is asked, what it costs, and what may be believed.

I own which model a purpose asks (settings), the wire to it (two vendors' SDKs, and the local model
over one of them), what a try may take, and when a model is left alone for a while. I promise that
an answer has the asked shape or is none, that a call is recorded before its answer is used, that
money is reserved before it is spent, and that every fault is an `LLMError` which shows neither a
key nor a prompt. I publish nothing and keep nothing; prompts and answers are in no log.

An answer is words, never a decision: whoever asked decides what becomes of it.
"""
