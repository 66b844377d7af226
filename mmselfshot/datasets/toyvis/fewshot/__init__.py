"""Level `fewshot` of ToyVIS: what is the target, only supports tell."""
