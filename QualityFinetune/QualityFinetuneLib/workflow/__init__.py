"""What a panel and a command both do: import into a study, start a job from it, record what came back."""
