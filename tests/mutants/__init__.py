"""Each guarantee of the kernel, taken out in a copy of the code, so that its test must notice."""
