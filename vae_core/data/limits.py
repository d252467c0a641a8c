"""What somebody brings along is read under limits: the process that reads it is bounded before it reads a byte."""

import signal

MOST_FILES = 20_000
FILE_BYTES = 200 * 2**20  # of one upload, and of one file in it
UNPACKED_BYTES = 800 * 2**20  # of all files of an upload together, once they are unpacked
PICTURE_BYTES = 64 * 2**20  # of one picture file
PICTURE_PIXELS = 12_000_000  # of one picture; four bytes each while it is decoded
JPEG_PIXELS = 64_000_000  # of a JPEG, which can be decoded at an eighth of its size
ALL_PIXELS = 1_500_000_000  # of all pictures of a set together, a JPEG's counting a quarter
SET_BYTES = 56 * 2**20  # of a set as it is kept: 70,000 grey images of 28×28, or 4,700 in colour of 64×64
MEMORY_BYTES = 384 * 2**20  # of addresses, of which a third is Python, numpy and Pillow themselves
LOOK_SECONDS, KEEP_SECONDS = 10, 60


def impose(seconds: int) -> None:
    """Bound this process for the rest of its life: memory, time and the size of a file that it writes.

    Parameters
    ----------
    seconds : int
        Of the clock and of the processor, after which the system ends the process.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    signal.alarm(seconds)
