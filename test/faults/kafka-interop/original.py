"""The original's side of the interop suite: its envelope, its idempotency keys, its Kafka client.

original.py consume <servers> <count> <topic>...      reads so many messages and prints a line of JSON for each
original.py produce <servers> <count> <topic> <seed>  publishes so many events and prints a line of JSON for each
"""

import asyncio
import hashlib
import json
import random
import string
import sys
from datetime import datetime, timezone
from typing import Any, Generic, Optional, TypeVar
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from pydantic import BaseModel, Field

SERVICE = "interop"
PREFIX = "huleedu:idempotency:v2"
LIMIT_SECONDS = 120

T = TypeVar("T")


class EventEnvelope(BaseModel, Generic[T]):
    event_id: UUID = Field(default_factory=uuid4)
    event_type: str
    event_timestamp: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
    source_service: str
    schema_version: int = 1
    correlation_id: UUID = Field(default_factory=uuid4)
    data_schema_uri: Optional[str] = None
    data: T
    metadata: Optional[dict[str, Any]] = None


class EssayGraded(BaseModel):
    """What events.ts has as a schema of zod."""

    essay_id: str
    score: float
    weights: list[float]
    words: int
    graded_at: datetime
    comment: Optional[str]
    marks: dict[str, float]


GRADED = "interop.essay.graded.v1"


def deterministic_event_id(value: bytes) -> str:
    event = json.loads(value)
    data, event_id = event.get("data"), event.get("event_id")
    if data is None:
        raise ValueError("no data")
    stable = {"event_id": event_id, "data": data} if event_id else data
    return hashlib.sha256(json.dumps(stable, sort_keys=True).encode()).hexdigest()


def redis_key(event_type: str, event_hash: str) -> str:
    return f"{PREFIX}:{SERVICE}:{event_type.replace('.', '_')}:{event_hash}"


def body_key(value: bytes) -> Optional[str]:
    """None where the original has no key for an event, and lets it run unprotected."""
    try:
        return redis_key(json.loads(value).get("event_type", "unknown"), deterministic_event_id(value))
    except ValueError:
        return None


def header_key(headers: dict[str, str]) -> Optional[str]:
    event_id, event_type = headers.get("event_id"), headers.get("event_type")
    if not event_id or not event_type:
        return None
    text = json.dumps({"event_id": event_id}, separators=(",", ":"))
    return redis_key(event_type, hashlib.sha256(text.encode()).hexdigest())


def validate(value: bytes) -> dict[str, Any]:
    """Both phases of the original's reading: the envelope, then the data by their own model."""
    text = value.decode("utf-8")
    envelope = EventEnvelope[Any].model_validate_json(text)
    written = json.dumps(envelope.model_dump(mode="json"))
    if envelope.event_type == GRADED:
        # Neither phase may change anything: what was written is what Python would have written.
        typed = EventEnvelope[EssayGraded].model_validate_json(text)
        written = json.dumps(typed.model_dump(mode="json"))
    return {
        "eventId": str(envelope.event_id),
        "written": written,
        "standardHeaders": standard_headers(envelope),
    }


def report(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


async def consume(servers: str, count: int, topics: list[str]) -> None:
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=servers,
        group_id="interop-python",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        left = count
        async for message in consumer:
            partitions = sorted(consumer.partitions_for_topic(message.topic))
            headers = {name: content.decode("utf-8") for name, content in message.headers}
            line: dict[str, Any] = {
                "topic": message.topic,
                "partition": message.partition,
                "offset": str(message.offset),
                "key": None if message.key is None else message.key.decode("utf-8"),
                "headers": headers,
                "headerCount": len(message.headers),
                "value": message.value.decode("utf-8"),
                "bodyKey": body_key(message.value),
                "headerKey": header_key(headers),
            }
            if message.key is not None:
                line["expectedPartition"] = DefaultPartitioner()(message.key, partitions, partitions)
            try:
                line.update(validate(message.value))
            except ValueError as error:
                line["error"] = str(error)
            report(line)
            left -= 1
            if left == 0:
                break
    finally:
        await consumer.stop()


class KafkaBus:
    """The original's publisher: all replicas acknowledge, idempotent, JSON by json.dumps, no key serializer."""

    def __init__(self, servers: str) -> None:
        self.producer = AIOKafkaProducer(
            bootstrap_servers=servers,
            client_id="interop-python",
            acks="all",
            enable_idempotence=True,
            value_serializer=lambda value: json.dumps(value).encode("utf-8"),
        )

    async def publish(self, topic: str, envelope: EventEnvelope, key: Optional[str], headers: Optional[dict]) -> Any:
        encoded = [(name, content.encode("utf-8")) for name, content in headers.items()] if headers else None
        return await self.producer.send_and_wait(
            topic,
            value=envelope.model_dump(mode="json"),
            key=key.encode("utf-8") if key else None,
            headers=encoded,
        )


ALPHABET = string.ascii_letters + string.digits + ' "\\/\n\u00e5\u00e4\u00f6\u6f22\u2028\U0001f600\x7f'


def some_text(rng: random.Random) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randrange(12)))


def some_number(rng: random.Random) -> Any:
    return rng.choice(
        [
            rng.randrange(-1000, 1000),
            rng.randrange(10**30),
            float(rng.randrange(100)),
            rng.uniform(-1, 1),
            rng.uniform(-1, 1) * 10.0 ** rng.randrange(-300, 300),
            -0.0,
        ]
    )


def some_json(rng: random.Random, depth: int = 3) -> Any:
    kind = rng.randrange(6 if depth > 0 else 4)
    if kind == 0:
        return some_text(rng)
    if kind == 1:
        return rng.choice([True, False, None])
    if kind == 4:
        return [some_json(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind == 5:
        return {some_text(rng): some_json(rng, depth - 1) for _ in range(rng.randrange(4))}
    return some_number(rng)


def some_envelope(rng: random.Random) -> EventEnvelope:
    metadata = rng.choice([None, {}, {"traceparent": f"00-{rng.getrandbits(128):032x}-{rng.getrandbits(64):016x}-01"}])
    ids = {"event_id": UUID(int=rng.getrandbits(128), version=4), "correlation_id": UUID(int=rng.getrandbits(128))}
    if rng.random() < 0.5:
        return EventEnvelope[Any](
            event_type=rng.choice(["interop.anything.v1", "interop.other"]),
            source_service="python",
            data=some_json(rng),
            metadata=metadata,
            **ids,
        )
    graded = EssayGraded(
        essay_id=some_text(rng),
        score=rng.choice([0.0, 85.0, 85.5, 1e-7, 1e16]),
        weights=[rng.uniform(0, 1) for _ in range(3)],
        words=rng.randrange(10_000),
        graded_at=datetime.fromtimestamp(rng.randrange(2_000_000_000), timezone.utc),
        comment=rng.choice([None, some_text(rng)]),
        marks={some_text(rng): float(rng.randrange(6)) for _ in range(3)},
    )
    return EventEnvelope[EssayGraded](
        event_type=GRADED, source_service="python", data=graded, metadata=metadata, **ids
    )


def standard_headers(envelope: EventEnvelope) -> dict[str, str]:
    """What the original computes for every event of its outbox."""
    return {
        "event_id": str(envelope.event_id),
        "trace_id": str(envelope.correlation_id),
        "schema_version": str(envelope.schema_version),
        "occurred_at": envelope.event_timestamp.isoformat(),
        "content_type": "application/json",
        "source_service": envelope.source_service,
        "event_type": envelope.event_type,
    }


async def produce(servers: str, count: int, topic: str, seed: int) -> None:
    rng = random.Random(seed)
    bus = KafkaBus(servers)
    await bus.producer.start()

    async def one() -> None:
        envelope = some_envelope(rng)
        key = rng.choice([None, "", some_text(rng), str(rng.getrandbits(128))])
        headers = standard_headers(envelope) if rng.random() < 0.5 else None
        stored = await bus.publish(topic, envelope, key, headers)
        value = json.dumps(envelope.model_dump(mode="json")).encode("utf-8")
        report(
            {
                "partition": stored.partition,
                "offset": str(stored.offset),
                "key": key or None,
                "headers": headers or {},
                "value": value.decode("utf-8"),
                "bodyKey": body_key(value),
                "headerKey": header_key(headers or {}),
            }
        )

    try:
        for start in range(0, count, 50):
            await asyncio.gather(*(one() for _ in range(min(50, count - start))))
    finally:
        await bus.producer.stop()


async def main() -> None:
    command, servers, count, *rest = sys.argv[1:]
    if command == "consume":
        work = consume(servers, int(count), rest)
    else:
        topic, seed = rest
        work = produce(servers, int(count), topic, int(seed))
    await asyncio.wait_for(work, LIMIT_SECONDS)


asyncio.run(main())
