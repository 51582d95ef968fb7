"""What knows nothing of the province: time, refusals, paging, workbooks, static packages."""
