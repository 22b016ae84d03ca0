"""Finetune, predict, evaluate in a process of their own: protocol, client, worker."""
