"""aiokafka as the original uses it: all replicas acknowledge, idempotent, JSON by json.dumps, each send awaited."""

import asyncio
import json
import sys
import time
from datetime import datetime, timezone
from uuid import uuid4

from aiokafka import AIOKafkaProducer

servers, topic, sample = sys.argv[1:]
fields = json.loads(sample)
turn = 0


async def publish(producer: AIOKafkaProducer) -> None:
    global turn
    turn += 1
    event = {**fields, "event_id": str(uuid4()), "event_timestamp": datetime.now(timezone.utc).isoformat()}
    headers = {
        "event_id": event["event_id"],
        "event_type": event["event_type"],
        "correlation_id": event["correlation_id"],
        "trace_id": event["correlation_id"],
        "schema_version": "1",
        "occurred_at": event["event_timestamp"],
        "content_type": "application/json",
        "source_service": event["source_service"],
        "traceparent": event["metadata"]["traceparent"],
    }
    await producer.send_and_wait(
        topic,
        value=event,
        key=f"essay-{turn % 997}".encode(),
        headers=[(name, content.encode()) for name, content in headers.items()],
    )


async def flow(producer: AIOKafkaProducer, times: int) -> None:
    for _ in range(times):
        await publish(producer)


async def main() -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=servers,
        client_id="bench-aiokafka",
        acks="all",
        enable_idempotence=True,
        value_serializer=lambda value: json.dumps(value).encode("utf-8"),
    )
    await producer.start()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        _, callers, times = line.split()
        started = time.perf_counter()
        await asyncio.gather(*(flow(producer, int(times)) for _ in range(int(callers))))
        print((time.perf_counter() - started) * 1000, flush=True)
    await producer.stop()


asyncio.run(main())
