"""QualityFinetune: rate prostate MRI quality, finetune on the mix you choose, see and correct the result."""
