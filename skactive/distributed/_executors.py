"""What runs functions on the parts of a pool, and where; layer 1."""

__all__ = ["Cluster", "InMemory", "InProcess", "executor"]


def executor():
    """The cluster of the present dask client; this process where there is none."""
    try:
        from distributed import get_client

        return Cluster(get_client())
    except (ImportError, ValueError):  # ValueError: there is no client
        return InProcess()


class InMemory:
    """A pool in memory: its one part is the container itself."""

    is_distributed = False

    def submit(self, function, *args):
        """Call the function."""
        return function(*args)

    def share(self, x):
        """Nothing has to be sent."""
        return x

    def compute(self, function, part, *args):
        """Call the function on the points."""
        return function(part, *args)

    def gather(self, results):
        """They are here."""
        return list(results)


class InProcess(InMemory):
    """The partitions of a dask collection, without a cluster, one after the other."""

    is_distributed = True

    def compute(self, function, part, *args):
        """Call the function on the points of a partition."""
        return function(part.compute(scheduler="synchronous"), *args)


class Cluster:
    """Tasks on the workers of a client; results stay there until they are gathered.

    Parameters
    ----------
    client : distributed.Client
        Of the cluster.
    """

    is_distributed = True

    def __init__(self, client):
        self.client = client

    def submit(self, function, *args):
        """Call the function where its arguments lie."""
        return self.client.submit(function, *args, pure=False)

    def share(self, x):
        """Send something once; by a task, so that it is not lost with a worker."""
        return self.submit(_same, x)

    def compute(self, function, part, *args):
        """Call the function on the points of a partition, where they are computed."""
        import dask

        return self.client.compute(dask.delayed(function, pure=False)(part, *args))

    def gather(self, futures):
        """Bring results here."""
        return self.client.gather(list(futures))


def _same(x):
    return x
