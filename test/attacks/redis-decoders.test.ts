import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFleetRecord, decodeGuardRecord } from '../../actuator/guards/guard-record.ts';
import { jobProblem } from '../../addon/refits/job-problem.ts';
import { StartupSketches } from '../../collector/startup/sketches.ts';
import { InputError } from '../../core/errors.ts';
import { isFuture } from '../../core/plausible-time.ts';
import { isNamespaceName, isObjectName } from '../../core/text/object-name.ts';
import { LEAD_TIME_LAYOUT } from '../../forecaster/lead-time/neural/neural-model.ts';
import { ArtefactError, decodeArtefact } from '../../models/neural/artefact.ts';
import { collectedMetric } from '../../redis/collection/collected-metric.ts';
import { decodeReadings, encodeReadings } from '../../redis/collection/readings-codec.ts';
import { BrokenJobError, decodeJob, encodeJob, NewerJobError } from '../../redis/queue/job-envelope.ts';
import { PackedRing, RingError, type RingPlace } from '../../redis/stores/minute-codec.ts';
import { MacError, ValueMac } from '../../redis/value-mac.ts';

/*
 * Whatever stands in Redis: it is read as something that can be, or refused by an error of its own. No other error, and no answer that
 * takes long; the limit of time is the test's.
 */

const NOW = 1_800_000_000;
const ID = 'shop/Deployment/web#0';
const KEYED = new ValueMac(Buffer.from('a key that the roles share and that nobody else has'));
const RUNS = { numRuns: 15_000 };

/** Bytes that are changed in some places, cut off or gone on with. */
function mutated(valid: Uint8Array): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 }));
  const changes = fc.array(change, { minLength: 0, maxLength: 8 });
  const head = fc.array(fc.tuple(fc.nat(15), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });
  const cut = fc.oneof({ weight: 3, arbitrary: fc.constant(valid.length) }, fc.nat(valid.length + 20));
  return fc.tuple(changes, head, cut).map(([all, first, length]) => {
    const bytes = Buffer.alloc(Math.max(length, 1));
    bytes.set(valid.subarray(0, bytes.length));
    for (const [at, byte] of [...all, ...first]) if (at < bytes.length) bytes[at] = byte;
    return bytes;
  });
}

/** JSON of which any value is replaced by any other, and texts that are none. */
function odd(valid: unknown): fc.Arbitrary<string> {
  const paths = pathsOf(valid);
  const any = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.double(),
    fc.constantFrom(-1, 1e300, 2 ** 53, '__proto__', null, [], {}),
    fc.constantFrom('.*', '../..', 'a/b', 'web?x=1', '1e999'),
  );
  const replaced = fc.array(fc.tuple(fc.nat(paths.length - 1), any), { minLength: 1, maxLength: 3 }).map((all) => {
    const copy = structuredClone({ root: valid });
    for (const [at, value] of all) put(copy, ['root', ...paths[at]!], structuredClone(value));
    return JSON.stringify(copy.root) ?? 'null';
  });
  const infinite = replaced.map((text) => text.replace(/-?\d+/, '1e999'));
  const text = JSON.stringify(valid);
  const cut = fc.nat(text.length).map((length) => text.slice(0, length));
  return fc.oneof({ weight: 4, arbitrary: replaced }, infinite, cut, fc.string(), fc.json());
}

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function put(into: unknown, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (typeof into !== 'object' || into === null) return;
  const record = into as Record<string, unknown>;
  if (rest.length === 0) record[key] = value;
  else put(record[key], rest, value);
}

describe('whatever stands in Redis is read as something that can be, or refused', () => {
  const place = (mac: ValueMac): RingPlace => ({ id: ID, key: `prescale:history:${ID}`, mac, nowSeconds: NOW });

  it('histories', () => {
    const plain = new ValueMac();
    const ring = new PackedRing(600);
    for (let minute = 0; minute < 600; minute++) ring.set(NOW / 60 - minute, minute);
    for (const mac of [plain, KEYED]) {
      const [valid, honest] = [ring.encode(place(mac)), ring.series()];
      fc.assert(
        fc.property(fc.oneof(mutated(valid), fc.uint8Array({ maxLength: 4_000 })), (bytes) => {
          try {
            const series = PackedRing.decode(Buffer.from(bytes), place(mac)).series();
            if (series === undefined) return;
            expect(isFuture(series.startSeconds + 60 * (series.values.length - 1), NOW)).toBe(false);
            expect(series.values.every((value) => Number.isNaN(value) || (value >= 0 && value <= 2 ** 48))).toBe(true);
            // Signed, what is read is what was written, or less of it.
            if (mac === KEYED && series.values.length === honest!.values.length) expect(series).toEqual(honest);
          } catch (error) {
            expect(error).toBeInstanceOf(RingError);
          }
        }),
        { numRuns: 4_000 },
      );
    }
  }, 120_000);

  it('readings', () => {
    const value = {
      kind: 'value',
      value: 5,
      timeSeconds: NOW - 15,
      pods: { counted: 1, unmeasured: 0, starting: 0 },
    } as const;
    const readings = new Map([
      [ID, { ...value, censored: true }],
      ['b', { kind: 'missing', why: 'no series' } as const],
    ]);
    const text = odd(JSON.parse(encodeReadings(NOW, readings)));
    fc.assert(
      fc.property(text, (stored) => {
        let said = 0;
        const found = decodeReadings(stored, NOW, () => said++);
        if (found === undefined) {
          expect(said).toBe(1);
          return;
        }
        expect(isFuture(found.atSeconds, NOW)).toBe(false);
        for (const reading of found.readings.values()) {
          if (reading.kind === 'missing') expect(reading.why.length).toBeLessThanOrEqual(2_000);
          else {
            expect(reading.value >= 0 && Number.isFinite(reading.value)).toBe(true);
            expect(isFuture(reading.timeSeconds, NOW)).toBe(false);
          }
        }
      }),
      RUNS,
    );
  }, 60_000);

  it('what is to be collected', () => {
    const workload = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
    const metric = { kind: 'template', template: 'requests', args: { service: 'web' } };
    fc.assert(
      fc.property(odd({ query: { id: ID, workload, metric }, selector: 'app=web' }), (stored) => {
        try {
          const { query } = collectedMetric(stored, ID);
          expect(isNamespaceName(query.workload.namespace) && isObjectName(query.workload.name)).toBe(true);
          expect(query.id).toBe(ID);
        } catch (error) {
          expect((error as Error).message).toMatch(/^found /);
        }
      }),
      RUNS,
    );
  }, 60_000);

  it('jobs', () => {
    const policy = {
      podCapacity: 10,
      unmetTargetBp: 1,
      min: 1,
      max: 60,
      measurement: { kind: 'rate', windowSeconds: 60 },
      startCostSeconds: 900,
      calendarNames: { timeZone: 'Europe/Berlin', holidays: 'DE-BY' },
    };
    const startup = { kind: 'measured', seconds: [1, 2] };
    const job = {
      policy,
      startup,
      leadTimeSeconds: 20,
      seed: 1,
      aimBp: 'fresh',
      aheadTicks: 480,
      holidayDays: [20_812, 20_813],
    };
    expect(jobProblem(job)).toBeUndefined();
    fc.assert(
      fc.property(odd(JSON.parse(encodeJob(job))), (stored) => {
        let found: Partial<typeof job>;
        try {
          found = decodeJob<Partial<typeof job>>(stored);
        } catch (error) {
          expect(error instanceof BrokenJobError || error instanceof NewerJobError).toBe(true);
          return;
        }
        if (jobProblem(found) !== undefined) return;
        expect(found.aheadTicks).toBeLessThanOrEqual(40_320);
        expect(found.policy!.podCapacity).toBeGreaterThan(0);
      }),
      RUNS,
    );
  }, 60_000);

  it('what guards remember', () => {
    const record = {
      uid: 'u',
      expected: 4,
      changes: [[NOW - 60, 4]],
      latest: { from: 3, to: 4, seconds: NOW - 60 },
      conflict: { replicas: 4, anyNumber: false, pauseSeconds: 300, pausedSeconds: NOW - 60 },
      mostPods: 12,
      intent: { from: 4, to: 5, seconds: NOW },
      direction: 'out',
      reversals: [NOW - 60],
    };
    const fleet = { version: 1, seconds: NOW, openSeconds: NOW - 30 };
    expect(decodeGuardRecord(JSON.stringify(record), NOW)).toEqual(record);
    fc.assert(
      fc.property(odd(record), odd(fleet), (storedRecord, storedFleet) => {
        const found = decodeGuardRecord(storedRecord, NOW);
        if (!('damage' in found)) {
          expect(found.mostPods).toBeLessThanOrEqual(1e9);
          expect(isFuture(found.intent?.seconds ?? 0, NOW) || isFuture(found.latest?.seconds ?? 0, NOW)).toBe(false);
        }
        const read = decodeFleetRecord(storedFleet, NOW);
        if (read !== 'newer' && !('damage' in read)) expect(isFuture(read.seconds, NOW)).toBe(false);
      }),
      RUNS,
    );
  }, 60_000);

  it('start-ups', () => {
    const sketches = new StartupSketches(NOW);
    for (const totalSeconds of [5, 9, 30]) {
      sketches.started({
        workload: 'shop/Deployment/web',
        nodeClass: 'virtual',
        atSeconds: NOW,
        batch: 1,
        totalSeconds,
        stageSeconds: {},
        live: true,
      });
    }
    const question = { workload: 'shop/Deployment/web', batch: 1, nowSeconds: NOW };
    fc.assert(
      fc.property(odd(sketches.serialize(NOW)), (stored) => {
        const restored = new StartupSketches(NOW);
        try {
          restored.restore(JSON.parse(stored), NOW);
        } catch (error) {
          expect(error instanceof InputError || error instanceof SyntaxError).toBe(true);
          return;
        }
        const seconds = restored.latency(question).latency.quantile(0.9);
        expect(seconds >= 0).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  }, 60_000);

  it('networks, also with a hash that fits', async () => {
    const { createHash } = await import('node:crypto');
    const note = {
      layout: LEAD_TIME_LAYOUT,
      trainedOn: '',
      rows: 1,
      seed: 1,
      untilSeconds: 0,
      firstLoss: 1,
      heldOutLoss: 1,
    };
    const header = { levels: [0.5, 0.99], width: 2, inputs: 3, blocks: 1, note };
    const bytesOf = (text: string, weights: number) => {
      const json = Buffer.from(text);
      const body = Buffer.concat([Buffer.from('PSN\x01\0\0\0\0', 'latin1'), json, Buffer.alloc(weights, 0x3f)]);
      body.writeUInt32LE(json.length, 4);
      return Buffer.concat([body, createHash('sha256').update(body).digest()]);
    };
    fc.assert(
      fc.property(odd(header), fc.nat(400), (text, weights) => {
        try {
          decodeArtefact(bytesOf(text, weights), LEAD_TIME_LAYOUT);
        } catch (error) {
          expect(error).toBeInstanceOf(ArtefactError);
        }
      }),
      RUNS,
    );
    // Layers without end would be listed before they are counted.
    for (const blocks of [1e9, 2 ** 52]) {
      const endless = bytesOf(JSON.stringify({ ...header, blocks }), 40);
      expect(() => decodeArtefact(endless, LEAD_TIME_LAYOUT)).toThrow(ArtefactError);
    }
  }, 60_000);

  it('texts and bytes with a MAC: what is opened is what was signed', () => {
    const signedText = KEYED.signText('a', 'the text');
    const signedBytes = KEYED.signBytes('a', Buffer.from('the bytes'), Buffer.from('beside'));
    fc.assert(
      fc.property(
        fc.oneof(
          mutated(Buffer.from(signedText)).map(String),
          fc.string(),
          fc.string().map((end) => signedText + end),
        ),
        fc.oneof(mutated(signedBytes), fc.uint8Array({ maxLength: 60 })),
        fc.constantFrom('a', 'b', ''),
        (text, bytes, name) => {
          try {
            expect([KEYED.openText(name, text), name]).toEqual(['the text', 'a']);
          } catch (error) {
            if (!(error instanceof MacError)) throw error;
          }
          try {
            const opened = Buffer.from(KEYED.openBytes(name, bytes, Buffer.from('beside')));
            expect([opened.toString(), name]).toEqual(['the bytes', 'a']);
          } catch (error) {
            if (!(error instanceof MacError)) throw error;
          }
        },
      ),
      RUNS,
    );
  }, 60_000);
});
