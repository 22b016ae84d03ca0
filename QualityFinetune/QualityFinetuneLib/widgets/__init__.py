"""One panel a step: Study, Rate, Review, Finetune, Results. The only layer that knows Qt."""
