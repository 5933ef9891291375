"""Executors, which run functions on the parts of a pool where they are; layer 1."""

__all__ = ["Cluster", "InMemory", "InProcess", "executor"]


def executor():
    """Executor for the current dask client, or for this process if there is none."""
    try:
        from distributed import get_client

        return Cluster(get_client())
    except (ImportError, ValueError):  # ValueError: there is no client
        return InProcess()


class InMemory:
    """Executor for a pool in memory, whose only part is the container itself."""

    is_distributed = False

    def submit(self, function, *args):
        """Call the function."""
        return function(*args)

    def share(self, x):
        """Return the object; nothing has to be sent."""
        return x

    def compute(self, function, part, *args):
        """Call the function on the points of a part."""
        return function(part, *args)

    def gather(self, results):
        """Return the results as a list."""
        return list(results)


class InProcess(InMemory):
    """Executor for a dask collection without a cluster, partition by partition."""

    is_distributed = True

    def compute(self, function, part, *args):
        """Compute a partition and call the function on its points."""
        return function(part.compute(scheduler="synchronous"), *args)


class Cluster:
    """Executor for the workers of a client, where results stay until they are gathered.

    Parameters
    ----------
    client : distributed.Client
        Client of the cluster.
    """

    is_distributed = True

    def __init__(self, client):
        self.client = client

    def submit(self, function, *args):
        """Call the function on the worker that has its arguments."""
        return self.client.submit(function, *args, pure=False)

    def share(self, x):
        """Send an object once, by a task, so that dask recomputes a lost copy."""
        return self.submit(_same, x)

    def compute(self, function, part, *args):
        """Call the function on a partition, on the worker that computes it."""
        import dask

        return self.client.compute(dask.delayed(function, pure=False)(part, *args))

    def gather(self, futures):
        """Fetch the results."""
        return self.client.gather(list(futures))


def _same(x):
    return x
