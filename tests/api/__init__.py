"""The API in process: status, headers, bodies."""
