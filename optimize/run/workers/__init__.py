"""Searches over models that take minutes a design, shared by any number of worker processes.

Every design is a trial of an Optuna study in a database; :mod:`optimize.run.workers.worker` asks,
evaluates and tells, :mod:`optimize.run.workers.shared_session` turns the study into an ordinary run
folder.
"""
