"""Events reach the client and the record, also when the client is gone."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from QualityFinetuneLib.engine.protocol.events import EVENT, Log
from QualityFinetuneLib.engine.worker.channel import Channel


def test_events_of_many_threads_are_never_mixed(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    channel = Channel(writer)
    channel.keep_in(tmp_path)
    threads = [
        threading.Thread(target=lambda name=name: [channel.send(Log(text=name * 400)) for _ in range(25)])
        for name in "abcd"
    ]
    received: list[bytes] = []
    with os.fdopen(reader, "rb") as stream:
        drain = threading.Thread(target=lambda: received.extend(stream))
        drain.start()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os.close(writer)
        drain.join()
    channel.close()
    assert len(received) == 100
    assert {EVENT.validate_json(line).text[0] for line in received} == set("abcd")
    assert (tmp_path / "events.jsonl").read_bytes().splitlines(keepends=True) == received


def test_a_client_that_is_gone_is_noticed_once_and_the_record_goes_on(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    noticed: list[bool] = []
    channel = Channel(writer, on_lost=lambda: noticed.append(True))
    channel.keep_in(tmp_path)
    for number in range(3):
        channel.send(Log(text=str(number)))
    channel.close()
    os.close(writer)
    assert noticed == [True]
    assert len((tmp_path / "events.jsonl").read_text("utf-8").splitlines()) == 3


def test_a_line_torn_by_a_kill_does_not_swallow_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b'{"event": "log", "te')
    channel = Channel(None)
    channel.keep_in(tmp_path)
    channel.send(Log(text="after"))
    channel.close()
    torn, whole = (tmp_path / "events.jsonl").read_bytes().splitlines()
    assert torn == b'{"event": "log", "te'
    assert EVENT.validate_json(whole) == Log(text="after")
