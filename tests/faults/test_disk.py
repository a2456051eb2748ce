"""A disk that is full: nothing is acknowledged that was not written, and all goes on once there is room."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.hospital import Hospital
from tests.faults.running import Process
from tests.faults.visitors import Rush


@contextmanager
def no_page_left(hospital: Hospital, web: Process) -> Iterator[None]:
    """SQLite says that the disk is full."""
    full = hospital.folder / "full"
    full.touch()
    yield
    full.unlink()


@contextmanager
def no_byte_more(hospital: Hospital, web: Process) -> Iterator[None]:
    """A quota: the process may not write behind the first bytes of any file, its own log and the journal included."""
    _soft, hard = resource.prlimit(web.popen.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(web.popen.pid, resource.RLIMIT_FSIZE, (100, hard))
    yield
    resource.prlimit(web.popen.pid, resource.RLIMIT_FSIZE, (hard, hard))


@pytest.mark.parametrize("hospital", ["sqlite"], indirect=True)
@pytest.mark.parametrize("full", [no_page_left, no_byte_more])
def test_a_full_disk_loses_nothing_and_says_so(hospital: Hospital, full):
    web = hospital.web(full=hospital.folder / "full").ready()
    with Rush(web) as rush:
        rush.wait_for(5)
        with full(hospital, web):
            rush.wait_to_see("503")
            before = len(rush.codes)
            for path in ("/healthz", "/wall", "/q/menzhen-dating", f"/r/{rush.codes[0]}"):
                assert web.get(path)[0] == 200, path
        rush.wait_for(5)
    assert len(rush.codes) > before
    hospital.wait_announced()
    hospital.check(rush.codes)
