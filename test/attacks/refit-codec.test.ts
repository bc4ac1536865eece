import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PredictiveScaler } from '../../actuator/scaler/scaler.ts';
import { ByteError } from '../../addon/refits/byte-shapes.ts';
import { type Refitted, refit } from '../../addon/refits/refit.ts';
import { decodeRefitted, encodeRefitted } from '../../addon/refits/refit-codec.ts';
import { isFuture } from '../../core/plausible-time.ts';

const NOW = 1_800_000_000;
const HEADER_BYTES = 12;
const POLICY = { podCapacity: 10, unmetTargetBp: 1, min: 2, max: 60 } as const;
const TICKS = 20;

const points = 2 * 1_440;
const startSeconds = NOW - 60 * points;
const values = Float64Array.from({ length: points }, (_, minute) => 100 + 60 * Math.sin(minute / 200));
const honest: Refitted = refit({
  history: { startSeconds, stepSeconds: 60, values },
  policy: POLICY,
  leadTimeSeconds: 20,
  seed: 1,
  aimBp: 'fresh',
  aheadTicks: 120,
  neural: 'shipped',
  startup: { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 },
});
const valid = encodeRefitted(honest);
const plain = inflateSync(valid.subarray(HEADER_BYTES));

/** With a header and a checksum that fit, as who forges it would see to. */
function packed(bytes: Uint8Array): Uint8Array {
  const body = deflateSync(bytes, { level: 1 });
  const whole = Buffer.concat([valid.subarray(0, HEADER_BYTES), body]);
  whole.writeUInt32LE(bytes.length, 4);
  whole.writeUInt32LE(body.length, 8);
  return whole;
}

/** Numbers that an attacker would try, eight bytes at any place. */
const evil = fc.constantFrom(
  0,
  -0,
  -1,
  1,
  0.5,
  1e9,
  1e30,
  1e300,
  -1e300,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
);
const byte = fc.tuple(fc.nat(plain.length - 1), fc.integer({ min: 0, max: 255 }));
const number = fc.tuple(fc.nat(plain.length - 9), fc.oneof(evil, fc.double()));
const forged = fc
  .tuple(
    fc.array(byte, { maxLength: 3 }),
    fc.array(number, { maxLength: 3 }),
    fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.integer({ min: -4, max: 4 })),
  )
  .map(([bytes, numbers, longer]) => {
    const copy = Buffer.alloc(plain.length + longer);
    copy.set(plain.subarray(0, copy.length));
    for (const [at, one] of bytes) if (at < copy.length) copy[at] = one;
    for (const [at, one] of numbers) if (at + 8 <= copy.length) copy.writeDoubleLE(one, at);
    return packed(copy);
  });

it('a forged refit is refused, or goes on within the bounds of the object: no crash, no hang, no pods beyond them', () => {
  let used = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 8, arbitrary: forged }, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      let found: Refitted;
      try {
        found = decodeRefitted(bytes, NOW);
      } catch (error) {
        expect(error).toBeInstanceOf(ByteError);
        return;
      }
      used++;
      expect(isFuture(found.untilSeconds, NOW)).toBe(false);
      const scaler = PredictiveScaler.resume(POLICY, found.state);
      for (let tick = 0; tick < TICKS; tick++) {
        scaler.observe(120);
        const { replicas } = scaler.decide({ total: 12, ready: 12 });
        expect(Number.isInteger(replicas) && replicas >= POLICY.min && replicas <= POLICY.max).toBe(true);
      }
      // Whatever was forged, the load that is there has its pods, unless the forger made it look unusual: then none are removed.
      expect(scaler.decide({ total: 12, ready: 12 }).replicas).toBeGreaterThanOrEqual(12);
      expect(scaler.ticksLeft).toBeLessThanOrEqual(40_320);
    }),
    { numRuns: 6_000 },
  );
  // The test would say nothing if none was used.
  expect(used).toBeGreaterThan(1_000);
}, 120_000);
