"""Interventions on a checkpoint that train nothing: fitted on one half of the images, judged on the other."""
