"""Ends the queue of a listening socket without cutting off whoever stands in it."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import sys

__all__ = ["admit_no_more"]

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
