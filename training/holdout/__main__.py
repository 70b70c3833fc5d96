"""Write held-out pages: ``python -m training.holdout --help``."""

from training.holdout.pages import main

main()
