import type { SeriesStore, StoredSeries } from '../simulation/measurement/series-store.ts';

/** The NaN that Prometheus writes where a series ends (model/value/value.go, StaleNaN). */
const STALE_NAN = 0x7ff0000000000002n;

/** Sends all of a store's samples and staleness markers by Prometheus' remote write protocol (version 0.1.0). */
export async function remoteWrite(url: string, store: SeriesStore): Promise<void> {
  const body = Buffer.concat([...store.all()].map((series) => field(1, timeSeries(series))));
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: new Uint8Array(snappy(body)),
  });
  if (response.status !== 204) throw new Error(`remote write: HTTP ${response.status}: ${await response.text()}`);
}

function timeSeries({ labels, log }: StoredSeries): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === '') continue;
    parts.push(field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])));
  }
  for (let i = log.from; i < log.end; i++) {
    const value = Buffer.alloc(8);
    if (log.stale[i] === 1) value.writeBigUInt64LE(STALE_NAN);
    else value.writeDoubleLE(log.values[i]!);
    // Field 1 as a double, field 2 as a varint.
    parts.push(field(2, Buffer.concat([Buffer.of(0x09), value, Buffer.of(0x10), varint(log.times[i]!)])));
  }
  return Buffer.concat(parts);
}

/** A protobuf field of bytes. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) {
      bytes.push(Number(rest));
      return Buffer.from(bytes);
    }
    bytes.push(Number(rest & 127n) | 128);
  }
}

/** Snappy's block format with nothing compressed: literals of at most 64 KiB. */
function snappy(bytes: Buffer): Buffer {
  const parts = [varint(bytes.length)];
  for (let at = 0; at < bytes.length; at += 65_536) {
    const piece = bytes.subarray(at, at + 65_536);
    const length = Buffer.alloc(3);
    length[0] = 61 << 2;
    length.writeUInt16LE(piece.length - 1, 1);
    parts.push(length, piece);
  }
  return Buffer.concat(parts);
}
