"""Runs a command as one to whom file permissions apply: root's exemption from them is given up first."""

from __future__ import annotations

import ctypes
import os
import sys

PR_CAPBSET_DROP = 24
EXEMPTIONS = (1, 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, which a program that is started then does not have either."""

if os.geteuid() == 0:
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in EXEMPTIONS:
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            sys.exit(f"a capability could not be dropped: {os.strerror(ctypes.get_errno())}")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
