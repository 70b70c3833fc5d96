"""The service put to the test: load beside a bare echo, strange pages, faults for minutes."""
