"""`python -m QualityFinetuneLib` is the same as `quality-finetune`."""

from .cli.main import run

if __name__ == "__main__":
    run()
