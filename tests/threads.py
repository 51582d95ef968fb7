"""Real races: functions that run at the same moment, each on a database connection of its own."""

import threading

from django.db import connection


def together(functions) -> list:
    """Start all functions at once; their results in order. The first error is raised."""
    barrier, results = threading.Barrier(len(functions)), [None] * len(functions)

    def run(number, function):
        try:
            barrier.wait()
            results[number] = function()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(number, function))
        for number, function in enumerate(functions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results
