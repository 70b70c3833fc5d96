"""What people touch: HTTP, web page, command line, bulk runs."""
