"""Ends the queue of a listening socket without cutting off whoever stands in it.

The socket is every worker's. So its queue ends when the service does, and not when one worker ends
that another takes the place of: `Ending` is how workers know.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import socket
import struct
import sys

__all__ = ["Ending", "admit_no_more"]

# Of asm-generic/socket.h; Python has no name for it.
_SO_ATTACH_FILTER = 26


class _Instruction(ctypes.Structure):
    """One instruction of the kernel's packet filter (struct sock_filter)."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


# Drops the first packet of a connection, which has SYN among the flags in byte 13 of its TCP
# header, and lets every other one through.
_NO_SYN = (_Instruction * 4)(
    _Instruction(0x30, 0, 0, 13),  # load the byte
    _Instruction(0x45, 0, 1, 0x02),  # if the flag is set, go on; else skip one
    _Instruction(0x06, 0, 0, 0),  # keep nothing
    _Instruction(0x06, 0, 0, 0xFFFFFFFF),  # keep everything
)


class Ending:
    """Whether the whole service ends: said by the process that forked the others, heard by all."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def begin(self) -> None:
        """The service ends."""
        self._shared[0] = 1

    def __bool__(self) -> bool:
        return self._shared[0] == 1


def admit_no_more(listener: socket.socket) -> None:
    """Let nobody join the queue of a socket, of which every process may have a descriptor.

    A connection that completes between the last `accept` and `close` is reset, with a request that
    the client has sent. After this there is none: a client that comes knocks in vain, and once the
    socket is closed its next try, a second later, is refused. Only Linux can do this; elsewhere
    nothing happens.
    """
    if sys.platform != "linux" or listener.family not in (socket.AF_INET, socket.AF_INET6):
        return
    program = struct.pack("HP", len(_NO_SYN), ctypes.addressof(_NO_SYN))
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
