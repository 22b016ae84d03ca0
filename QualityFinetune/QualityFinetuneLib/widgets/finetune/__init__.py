"""The Finetune panel: choose model, task and the mix of qualities; start, watch, cancel."""
