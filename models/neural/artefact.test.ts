import { describe, expect, it } from 'vitest';
import { ArtefactError, decodeArtefact, encodeArtefact, type TrainingNote } from './artefact.ts';
import { randomNetwork } from './example-model.ts';

const NOTE: TrainingNote = {
  layout: 'tests 1',
  trainedOn: 'nothing',
  rows: 0,
  seed: 1,
  untilSeconds: 0,
  firstLoss: 0.2,
  heldOutLoss: 0.1,
};
const NETWORK = randomNetwork(5, [0.5, 0.9, 0.99]);
const BYTES = encodeArtefact(NETWORK, NOTE);
const changed = (change: (bytes: Uint8Array) => void) => {
  const bytes = Uint8Array.from(BYTES);
  change(bytes);
  return bytes;
};

describe('an artefact', () => {
  it('comes back bit for bit, with its note, under the name of its content', () => {
    const read = decodeArtefact(BYTES, 'tests 1');
    expect(read.network).toEqual(NETWORK);
    expect(read.note).toEqual(NOTE);
    expect(read.id).toMatch(/^[0-9a-f]{12}$/);
    expect(decodeArtefact(encodeArtefact(NETWORK, { ...NOTE, seed: 2 }), 'tests 1').id).not.toBe(read.id);
  });

  const strange: readonly [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /0 bytes found, at least 40 expected/],
    ['another file', new TextEncoder().encode(`{"kind": "model"} ${'x'.repeat(99)}`), /does not begin with "PSN"/],
    ['one of another version', changed((bytes) => bytes.fill(9, 3, 4)), /version 9 found, version 1 expected/],
    ['a flipped bit', changed((bytes) => bytes.set([bytes[300]! ^ 4], 300)), /damaged or was cut off/],
    ['one cut off', BYTES.slice(0, -50), /damaged or was cut off/],
    [
      'a weight that is NaN',
      encodeArtefact({ ...NETWORK, means: NETWORK.means.map(() => Number.NaN) }, NOTE),
      /no finite number/,
    ],
    ['levels that fall', encodeArtefact({ ...NETWORK, levels: [0.5, 0.9, 0.8] }, NOTE), /levels do not rise/],
    [
      'another count of levels',
      encodeArtefact({ ...NETWORK, levels: [0.5, 0.9] }, NOTE),
      /weights found, \d+ expected/,
    ],
  ];
  for (const [name, bytes, words] of strange) {
    it(`is refused in words: ${name}`, () => {
      expect(() => decodeArtefact(bytes, 'tests 1')).toThrow(ArtefactError);
      expect(() => decodeArtefact(bytes, 'tests 1')).toThrow(words);
    });
  }

  it('of other features is refused: it would read nonsense', () => {
    expect(() => decodeArtefact(BYTES, 'lead-time 7')).toThrow(
      'features of layout "tests 1" found, "lead-time 7" expected',
    );
  });
});
