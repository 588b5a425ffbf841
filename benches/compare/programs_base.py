"""What a program is to the comparison."""


class Unable(Exception):
    """Why a program cannot do a shape, or is not there."""


class Program:
    slow = False
    note = ""

    def __init__(self, name, version, threads):
        self.name, self.version, self.threads = name, version, str(threads)

    def comparable(self, run, wanted):
        """What must equal the answer of the limit."""
        return run.text
