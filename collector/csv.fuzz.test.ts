import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InputError } from '../core/errors.ts';
import type { Samples } from '../core/series.ts';
import { readTraceCsv } from './csv.ts';

const VALID =
  'timestamp,value\n1714521600,1.5\n1714521660000,0\n"2024-05-01T00:02:00Z",3e2\r\n2024-05-01T08:03:00+08:00,7\n';
const SPICE = [
  '"',
  '""',
  ',',
  '\n',
  '\r',
  '\r\n',
  '\0',
  '\ufeff',
  '-',
  '+',
  'e',
  '.',
  'NaN',
  'Infinity',
  '1e999',
  '0x1',
  ' ',
  '🙂',
  '\u001b[',
];

/** A valid file with a few of its bytes replaced, dropped, doubled or spiced. */
const mutated = fc
  .array(
    fc.record({
      at: fc.nat(VALID.length),
      cut: fc.nat(6),
      insert: fc.oneof(fc.constantFrom(...SPICE), fc.string({ maxLength: 4 })),
    }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((edits) => edits.reduce((text, { at, cut, insert }) => text.slice(0, at) + insert + text.slice(at + cut), VALID))
  .map((text) => Buffer.from(text));

/** Rows of likely and unlikely fields under a right header. */
const field = fc.oneof(
  fc.nat().map(String),
  fc.double().map(String),
  fc.constantFrom(...SPICE),
  fc.string({ maxLength: 12 }),
);
const rows = fc
  .array(
    fc.array(field, { maxLength: 3 }).map((fields) => fields.join(',')),
    { maxLength: 8 },
  )
  .map((lines) => Buffer.from(`timestamp,value\n${lines.join('\n')}`));

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const headed = bytes.map((tail) => Buffer.concat([Buffer.from('timestamp,value\n'), tail]));

/** Nearly always valid: ascending minutes with a numeral each, now and then a spice. */
const numeral = fc.oneof(
  { arbitrary: fc.nat().map(String), weight: 30 },
  { arbitrary: fc.double().map(String), weight: 3 },
  fc.constantFrom(...SPICE),
);
const nearlyValid = fc
  .array(numeral, { minLength: 1, maxLength: 12 })
  .map((values) => Buffer.from(`timestamp,value\n${values.map((value, i) => `${60 * i},${value}`).join('\r\n')}`));

const anyFile = fc.oneof(
  { arbitrary: nearlyValid, weight: 2 },
  { arbitrary: mutated, weight: 5 },
  { arbitrary: rows, weight: 2 },
  headed,
  bytes,
);

it('any bytes end as valid samples or as an InputError that names the file', async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(anyFile, fc.integer({ min: 1, max: 400 }), async (file, piece) => {
      const outcome = await readTraceCsv({ name: 'fuzz.csv', open: () => pieces(file, piece) }).catch(
        (error: unknown) => error,
      );
      if (outcome instanceof InputError) {
        expect(outcome.message).toMatch(/^fuzz\.csv(:\d+)?: /);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
        expect(outcome.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(outcome.message.length).toBeLessThan(300);
        return;
      }
      if (outcome instanceof Error) throw outcome;
      accepted++;
      expectValid((outcome as { samples: Samples }).samples);
    }),
    { numRuns: 12_000, seed: 3 },
  );
  // Were everything refused, the property would say nothing about accepted files.
  expect(accepted).toBeGreaterThan(1000);
});

function* slices(file: Buffer, size: number): Generator<Buffer> {
  for (let i = 0; i < file.length; i += size) yield file.subarray(i, i + size);
}

function pieces(file: Buffer, size: number): Readable {
  return Readable.from(slices(file, size));
}

function expectValid({ times, values }: Samples): void {
  expect(times.length).toBeGreaterThan(0);
  expect(values.length).toBe(times.length);
  for (let i = 0; i < times.length; i++) {
    if (!(values[i]! >= 0 && values[i]! < Infinity)) throw new Error(`value ${values[i]} at row ${i}`);
    if (!(times[i]! >= 0 && times[i]! < 1e11)) throw new Error(`time ${times[i]} at row ${i}`);
    if (i > 0 && !(times[i]! > times[i - 1]!)) throw new Error(`times do not ascend at row ${i}`);
  }
}
