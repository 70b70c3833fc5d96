"""Print how well made labels agree with those by hand: ``python -m training.real --help``."""

from training.real.pages import main

main()
