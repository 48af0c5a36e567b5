"""Interventions on a checkpoint that train nothing: each repair fitted on one half of the images, judged on the other."""
