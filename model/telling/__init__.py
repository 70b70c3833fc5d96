"""What a story is told as once its blocks are known: headline, byline, dates, clean text."""
